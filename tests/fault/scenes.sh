#!/bin/sh
# scenes.sh OPS sample|full -- no memory at the n-th allocation (ours, SQLite's, Lua's, the C library's) of ten scenes
# that together hold every statement: the first and second day of a small business (nomem.sh sweeps the first), what
# people do by a command, what is only read, and a test that plays all there is.
. "$(dirname "$0")/common"
if grep -q __asan_init "$ops"; then      # the sanitizer has an allocator of its own
    echo "fault scenes: 0 passed, 0 failed, 1 skipped: memory is refused without the sanitizer"
    exit
fi
. "$here/doors/common"
. "$here/refused"

# Every kind of node stands in one of the files that are run.
for file in "$here/small/small.ops" "$here"/doors/*.ops; do "$ops" ir "$file"; done >"$work/ir"
sed -n 's/^IRNODE(\([A-Z_]*\),.*/\1/p' "$here/../../lang/ir.def" >"$work/kinds"
[ "$(wc -l <"$work/kinds")" -ge 20 ] || bad "the kinds of nodes are not found in ir.def"
while read -r kind; do grep -q "^ *$kind\b" "$work/ir" || bad "no scene has a $kind"; done <"$work/kinds"

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
same_words() {
    [ $code -gt 1 ] || cmp -s "$work/out" "$work/said" || bad "$1: other words: $(diff "$work/out" "$work/said" | head -n 3)"
}
judge_read() {
    whole && [ "$(head_of .ops/store.db)" = "$head" ] && ok || bad "$1: the store was changed"
}
for command in 'audit order.ops' 'show --all --json --file order.ops' 'test every.ops'; do
    begin
    eval "\"$ops\" $command" >"$work/said" 2>&1
    sweep begin judge_read same_words
done

# Mails, and the small business on its second day.
mailing() { fresh "$doors"; }
judge_mail() {
    if ! "$ops" cases --all mail.ops 2>/dev/null | grep -q Write; then
        [ $code != 0 ] || bad "$1: it exited with 0, and nothing was begun"
        "$ops" start Write n=1 --file mail.ops >/dev/null 2>&1
    fi
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
second_day() { anew; cp -r "$work/day1/.ops" . && cp "$work/day1/effects.txt" . && touch day2; }
judge_later() { done_if_said "$1" "$work/small.ref" && same_later small.ops "$1" "$work/small.ref"; }
export OPS_NOW=$later
command='run small.ops --answers answers.csv --jobs 1 --json'
sweep second_day judge_later
finish scenes
