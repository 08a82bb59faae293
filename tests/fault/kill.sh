#!/bin/sh
# kill.sh OPS sample|full -- killed at any moment, the next run ends with the same events.
#
# 1. a small business, on the day it begins and on the next, when timers, a schedule and a second attempt are
#    due: SIGKILL at the n-th call of each file-changing system call of the engine, n = 1, 2, 3 ...
# 2. the studio: SIGKILL at random moments, twice in a row
# 3. a step that may not be repeated, killed under way: an incident, and after retry the same end
. "$(dirname "$0")/common"
. "$here/once"

judge1() { same small.ops "$1" "$work/small.ref"; }
judge2() { same_later small.ops "$1" "$work/small.ref"; }
# Kills the run of a day at calls of one kind; $3 of each are left out.
sweep() {
    day=$1 call=$2 step=$3 n=1 code=137
    begin_sweep
    while :; do
        anew
        if [ "$day" = 2 ]; then cp -r "$work/day1/.ops" . && cp "$work/day1/effects.txt" . && touch day2; fi
        OPS_NOW=$([ "$day" = 1 ] && echo "$OPS_NOW" || echo $later) strace -qq $fixed -o "$work/trace" -e trace="$call" -e inject="$call:signal=KILL:when=$n" \
            "$ops" run small.ops --answers answers.csv --jobs 1 --json >"$work/out" 2>&1
        code=$?
        [ $code = 137 ] || break
        killed=$((killed + 1))
        judge_once judge$day "killed at $call $n of day $day"
        n=$((n + step))
    done
    [ $code = 0 ] || bad "the run with no kill left exited $code: $(head -c 200 "$work/out")"
}

fresh "$here/small"
run small.ops
cp -r "$work/now" "$work/day1"
reference small.ops "$work/small.ref"
[ "$(grep -c . "$work/small.ref")" -ge 13 ] || bad "the undisturbed run is no reference: $(head -c 300 "$work/out")"
killed=0 few=1 many=1
[ "$how" = full ] || few=20 many=260
for day in 1 2; do
    for call in pwrite64 fdatasync openat; do
        [ $call = pwrite64 ] && sweep $day $call $many || sweep $day $call $few
    done
    for call in fsync ftruncate unlink mkdir write; do
        [ "$how" = sample ] && [ $day = 2 ] || sweep $day $call $few
    done
done
[ $killed -gt 20 ] || bad "there was nothing to kill: strace does not work here"

fresh "$here/../../examples/studio"
began=$(date +%s%N)
run studio.ops
lasts=$((($(date +%s%N) - began) / 1000000))
plain studio.ops >"$work/studio.ref"
times=5
[ "$how" = full ] && times=500                 # a thousand kills
for i in $(seq 1 $times); do
    fresh "$here/../../examples/studio"
    for again in 1 2; do
        "$ops" run studio.ops --answers answers.csv --jobs 1 --json >/dev/null 2>&1 &
        pid=$!
        sleep "$(awk -v s="$i$again$$" -v most="$lasts" 'BEGIN { srand(s); printf "%.3f", rand() * most / 1000 }')"
        kill -9 $pid 2>/dev/null
        wait $pid 2>/dev/null
    done
    same_now studio.ops "studio, kill $i" "$work/studio.ref"
done

fresh "$here/small"
"$ops" start Once --file once.ops >"$work/out" 2>&1 &
pid=$!
for wait in $(seq 1 200); do                   # until the step is under way, however busy the machine
    [ -s effects.txt ] && break
    sleep 0.05
done
kill -9 $pid
wait $pid 2>/dev/null
"$ops" run once.ops --quiet >/dev/null 2>&1
if "$ops" cases once.ops | grep -q incident; then ok; else bad "a step under way that may not be repeated is no incident"; fi
[ "$(grep -c sent effects.txt)" -le 1 ] && ok || bad "it was done again by itself"
"$ops" retry 1 --file once.ops >"$work/out" 2>&1
if "$ops" cases --all once.ops | grep -q 'finished.*sent'; then ok; else bad "after retry it did not end: $(head -c 200 "$work/out")"; fi

finish kill
