#!/bin/sh
# scenes.sh OPS sample|full -- no memory at the n-th allocation (ours, SQLite's, Lua's, the C library's) of ten scenes
# that together hold every statement: the first and second day of a small business (nomem.sh sweeps the first), what
# people do by a command, what is only read, and a test that plays all there is.
. "$(dirname "$0")/common"
if grep -q __asan_init "$ops"; then      # the sanitizer has an allocator of its own
    finish scenes
    exit
fi
. "$here/doors/common"
${CC:-cc} -shared -fPIC -O1 -o "$work/nomem.so" "$here/nomem.c" || bad "the library that refuses memory does not build"

# Every kind of node stands in one of the files that are run.
for file in "$here/small/small.ops" "$here"/doors/*.ops; do "$ops" ir "$file"; done >"$work/ir"
sed -n 's/^IRNODE(\([A-Z_]*\),.*/\1/p' "$here/../../lang/ir.def" >"$work/kinds"
[ "$(wc -l <"$work/kinds")" -ge 20 ] || bad "the kinds of nodes are not found in ir.def"
while read -r kind; do grep -q "^ *$kind\b" "$work/ir" || bad "no scene has a $kind"; done <"$work/kinds"

# Runs the command with the n-th allocation refused, and (on) all behind it; count: with none refused.
count() {
    eval "LD_PRELOAD=$work/nomem.so NOMEM_COUNT=$work/count \"$ops\" $command" >"$work/out" 2>&1
    all=$(cat "$work/count" 2>/dev/null || echo 0)
    [ "$all" -gt 500 ] || bad "$command: its allocations were not counted: $all"
    step=1
    [ "$how" = full ] || step=$((all / 4 + 1))
}
refused() {
    eval "LD_PRELOAD=$work/nomem.so NOMEM_AT=$n NOMEM_ON=$on \"$ops\" $command" >"$work/out" 2>&1
    code=$?
    case $code in
    0 | 1) ;;
    134) c_library_ended || bad "$what: exit $code: $(head -c 200 "$work/out")" ;;
    6[0-9] | 7[0-9]) grep -q "memory\|^ops: ." "$work/out" || bad "$what: exit $code without a word" ;;
    *) bad "$what: exit $code: $(head -c 200 "$work/out")" ;;
    esac
}
sweep() {                                # ready: makes the scene; judge: looks at how it is left
    $1
    count
    for on in "" 1; do
        n=1
        while [ $n -le "$all" ]; do
            what="$command, no memory at $n $on"
            $1
            refused
            $2 "$what"
            n=$((n + step))
        done
    done
}

for command in 'accept order.ops --as ann' 'correct 1 Pack weight=9 --because typo --as ann --file order.ops' \
    'redo 1 Pack --because "wet" --as ann --file order.ops' 'migrate --file next.ops --because "a new one"' 'signal paid item=chair --file order.ops'; do
    case $command in migrate*) partly=yes ;; *) partly=no ;; esac
    after
    sweep begin judge_store
done
with_folder() { begin; mkdir new; }
for command in 'backup new/copy.db --store .ops/store.db' 'import lines --store new/copy.db'; do
    sweep with_folder judge_copy
done

# What only reads: the same words, or none; the store is as it was.
judge_read() {
    [ $code -gt 1 ] || cmp -s "$work/out" "$work/said" || bad "$1: other words: $(diff "$work/out" "$work/said" | head -n 3)"
    whole && [ "$(head_of .ops/store.db)" = "$head" ] && ok || bad "$1: the store was changed"
}
for command in 'audit order.ops' 'show --all --json --file order.ops' 'test every.ops'; do
    begin
    eval "\"$ops\" $command" >"$work/said" 2>&1
    sweep begin judge_read
done

# Mails, and the small business on its second day.
mailing() { fresh "$doors"; }
judge_mail() {
    "$ops" cases --all mail.ops 2>/dev/null | grep -q Write || "$ops" start Write n=1 --file mail.ops >/dev/null 2>&1
    same_now mail.ops "$1" "$work/mail.ref"
}
command='start Write n=1 --file mail.ops'
fresh "$doors"
eval "\"$ops\" $command" >/dev/null
plain mail.ops >"$work/mail.ref"
sweep mailing judge_mail

fresh "$here/small"
run small.ops
rm -rf "$work/day1"
cp -r "$work/now" "$work/day1"
reference small.ops "$work/small.ref"
second_day() { fresh "$here/small"; cp -r "$work/day1/.ops" . && cp "$work/day1/effects.txt" . && touch day2; }
judge_later() { same_later small.ops "$1" "$work/small.ref"; }
export OPS_NOW=$later
command='run small.ops --answers answers.csv --jobs 1 --json'
sweep second_day judge_later
finish scenes
