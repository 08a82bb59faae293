#!/bin/sh
# interrupted.sh OPS sample|full -- a call of the system that a signal interrupts (EINTR) costs nothing.
#
# At the n-th call of each system call that changes files or waits for a turn, n = 1, 2, 3 ...: the run ends as an
# undisturbed one. Only where the disk was waited for may it stop instead, in words and with 74, since nobody knows
# what the disk holds then; the next run goes on to the same end.
. "$(dirname "$0")/common"
. "$here/once"

fresh "$here/small"
reference small.ops "$work/small.ref"
[ "$(grep -c . "$work/small.ref")" -ge 9 ] || bad "the undisturbed run is no reference: $(head -c 300 "$work/out")"

judge() {
    case $code in
    0) same_later small.ops "$1" "$work/small.ref" ;;
    74) case $call in
        fdatasync | fsync) ;;
        *) bad "$1: stopped: $(head -c 200 "$work/out")"; return ;;
        esac
        grep -q '^ops: .*store' "$work/out" || bad "$1: stopped without a word"
        same small.ops "$1" "$work/small.ref" ;;
    *) bad "$1: exit $code: $(head -c 200 "$work/out")" ;;
    esac
}
sweep() {                                # call, how many are left out of each, where to begin
    call=$1 n=${3:-1}
    begin_sweep
    while :; do
        anew
        strace -qq $fixed -o "$work/trace" -e trace="$call" -e inject="$call:error=EINTR:when=$n" \
            "$ops" run small.ops --answers answers.csv --jobs 1 --yes --json >"$work/out" 2>&1
        code=$?
        grep -q INJECTED "$work/trace" || break
        # Before main, libraries are opened by others, who do not try again.
        [ $code = 127 ] && [ $call = openat ] || { met=$((met + 1)); judge_once judge "EINTR at $call $n"; }
        n=$((n + $2))
    done
    [ $code = 0 ] || bad "the run with no call left to interrupt exited $code: $(head -c 200 "$work/out")"
}

met=0 few=1 many=1 first=1 lock=1
[ "$how" = full ] || few=20 many=900 first=19 lock=6 # behind the libraries; where the store is made
sweep openat $few $first
for call in fdatasync fsync ftruncate unlink mkdir rename,renameat2 write; do sweep $call $few; done
sweep pwrite64 $many
sweep fcntl $many $lock
[ "$how" = full ] || sweep fcntl $many 1 # the first ones, which ask what is open
[ $met -ge 8 ] || bad "there was little to interrupt ($met): strace does not work here"
finish interrupted
