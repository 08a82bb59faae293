#!/bin/sh
# archive.sh OPS sample|full -- what has ended is moved, and at no moment lost, changed or there twice.
#
# `ops archive` is killed, or a call of it fails, at the n-th file-changing system call, n = 1, 2, 3 ... After
# each, history and head are what they were before; the next time moves the rest, and they still are; and
# a case that ended is corrected, which hangs a new link on a chain that lies in both files.
. "$(dirname "$0")/common"

rm -rf "$work/now" && mkdir "$work/now" && cd "$work/now" || exit 70
cat >a.ops <<'A'
role R < people "ann" >
record L < key id; id text; n number >
process P <
    owner R
    when each l in "in.csv"
    takes l L
    step "Twice" < how lua { return l.n * 2 }; gives twice number >
    if l.n > 60 < step "Look" < who R; how "Look at ${l.id}." > >
>
A
awk 'BEGIN { print "id,n"; for (i = 1; i <= 70; i++) print "r" i "," i }' >in.csv
"$ops" run a.ops --quiet >"$work/out" 2>&1 || bad "the business did not run: $(head -c 200 "$work/out")"
mv .ops "$work/before"
again() { rm -rf .ops && cp -r "$work/before" .ops; }
told() { "$ops" verify --store .ops/store.db 2>&1; "$ops" show --all --json a.ops 2>&1; }
again
told >"$work/ref"
[ "$("$ops" archive a.ops | grep -c ' of 60 cases moved')" = 1 ] || bad "there is nothing to move"
grep -q unchanged "$work/ref" || bad "the undisturbed store is no reference: $(head -c 200 "$work/ref")"

# What was done before, with which exit code: is all as it was, and goes it on?
judge() {
    told >"$work/got"
    cmp -s "$work/ref" "$work/got" || { bad "$1: the history is another: $(head -n 1 "$work/got" | cut -c1-150)"; return; }
    "$ops" archive a.ops >"$work/out" 2>&1 || { bad "$1: it does not go on: $(head -c 150 "$work/out")"; return; }
    [ "$("$ops" archive a.ops)" = "There is nothing to move." ] || { bad "$1: something is left to move"; return; }
    told >"$work/got"
    cmp -s "$work/ref" "$work/got" || { bad "$1: then the history is another: $(head -n 1 "$work/got" | cut -c1-150)"; return; }
    "$ops" correct 1 Twice twice=3 --because test -f a.ops --as ann >"$work/out" 2>&1 || { bad "$1: no correction: $(head -c 150 "$work/out")"; return; }
    "$ops" verify --store .ops/store.db | grep -q 'unchanged' && ok || bad "$1: the chain does not go on"
}
sweep() {                                # calls, what happens, how many are left out of each
    n=1
    while :; do
        again
        strace -qq -o "$work/trace" -e trace="$1" -e inject="$1:$2:when=$n" "$ops" archive a.ops >"$work/out" 2>&1
        code=$?
        case $2 in
        signal*) [ $code = 137 ] || break ;;
        *) grep -q INJECTED "$work/trace" || break
            [ $code = 0 ] || [ $code = 73 ] || [ $code = 74 ] || bad "$2 at $1 $n: exit $code: $(head -c 150 "$work/out")" ;;
        esac
        judge "$2 at $1 $n"
        n=$((n + $3))
    done
    [ $code = 0 ] || bad "with nothing left to inject it exited $code: $(head -c 150 "$work/out")"
    met=$((met + n))
}
met=0 few=1 many=1
[ "$how" = full ] || few=9 many=60
for call in pwrite64 fdatasync,fsync openat rename,renameat2 ftruncate,unlink; do
    [ $call = pwrite64 ] && step=$many || step=$few
    sweep $call signal=KILL $step
done
for error in EIO ENOSPC; do
    sweep pwrite64 error=$error $many
    sweep fdatasync,fsync error=$error $few
done
sweep pwrite64 error=ENOSPC $many
[ $met -gt 20 ] || bad "there was nothing to disturb: strace does not work here"

# Two at once, and one who writes meanwhile.
again
"$ops" archive a.ops >/dev/null 2>&1 &
one=$!
"$ops" archive a.ops >/dev/null 2>&1 &
two=$!
"$ops" done 1 -f a.ops --as ann >/dev/null 2>&1
wait $one && wait $two && "$ops" verify --store .ops/store.db | grep -q 'unchanged' && ok || bad "three at once: one failed"

finish archive
