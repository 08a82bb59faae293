#!/bin/sh
# kill.sh OPS sample|full -- killed at any moment, the next run ends with the same events.
#
# 1. a small business: SIGKILL at the n-th file-changing system call of the engine, n = 1, 2, 3 ...
# 2. the studio: SIGKILL at random moments
# 3. a step that may not be repeated, killed under way: an incident, and after retry the same end
ops=$(cd "$(dirname "$1")" && pwd)/$(basename "$1") how=$2
here=$(cd "$(dirname "$0")" && pwd)
passed=0 failed=0
ok() { passed=$((passed + 1)); }
bad() { failed=$((failed + 1)); echo "fault: $1"; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export OPS_NOW=2026-11-23T09:00:00Z
export ASAN_OPTIONS=detect_leaks=0       # the leak checker cannot work under strace; all other tests have it
calls=write,pwrite64,fdatasync,fsync,ftruncate,rename,unlink,openat,mkdir

fresh() { rm -rf "$work/now"; cp -r "$1" "$work/now"; rm -rf "$work/now/.ops" "$work/now/outbox" "$work/now/effects.txt"; cd "$work/now" || exit 70; }
plain() { "$ops" show --all --json --file "$1" | lua5.4 "$here/plain.lua"; }
run() { "$ops" run "$1" --answers answers.csv --jobs 1 --json >"$work/out" 2>&1; }
same() {                                 # file, what, reference
    run "$1" || { bad "$2: the run after it failed: $(head -c 300 "$work/out")"; return; }
    plain "$1" >"$work/got"
    if ! cmp -s "$3" "$work/got"; then bad "$2: other events: $(diff "$3" "$work/got" | head -n 2 | cut -c1-200)"; return; fi
    "$ops" verify "$1" | grep -q unchanged || { bad "$2: the history was changed"; return; }
    ok
}

fresh "$here/small"
run small.ops
plain small.ops >"$work/small.ref"
[ "$(grep -c . "$work/small.ref")" -ge 9 ] || bad "the undisturbed run is no reference: $(head -c 300 "$work/out")"
step=1
[ "$how" = full ] || step=9
n=1
while :; do
    fresh "$here/small"
    strace -qq -o "$work/trace" -e trace=$calls -e inject=$calls:signal=KILL:when=$n "$ops" run small.ops --answers answers.csv --jobs 1 --json >"$work/out" 2>&1
    code=$?
    [ $code = 137 ] || break
    same small.ops "killed at call $n" "$work/small.ref"
    n=$((n + step))
done
[ $code = 0 ] || bad "the run with no kill left exited $code: $(head -c 200 "$work/out")"
[ $n -gt $((step * 3)) ] || bad "there was nothing to kill: strace does not work here"

fresh "$here/../../examples/studio"
run studio.ops
plain studio.ops >"$work/studio.ref"
times=5
[ "$how" = full ] && times=200
for i in $(seq 1 $times); do
    fresh "$here/../../examples/studio"
    for again in 1 2; do
        "$ops" run studio.ops --answers answers.csv --jobs 1 --json >/dev/null 2>&1 &
        pid=$!
        sleep "0.$(awk -v s="$i$again$$" 'BEGIN { srand(s); printf "%03d", rand() * 180 }')"
        kill -9 $pid 2>/dev/null
        wait $pid 2>/dev/null
    done
    same studio.ops "studio, kill $i" "$work/studio.ref"
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
sleep 0.4
if "$ops" cases once.ops | grep -q incident; then ok; else bad "a step under way that may not be repeated is no incident"; fi
[ "$(grep -c sent effects.txt)" -le 1 ] && ok || bad "it was done again by itself"
"$ops" retry 1 --file once.ops >"$work/out" 2>&1
if "$ops" cases --all once.ops | grep -q 'finished.*sent'; then ok; else bad "after retry it did not end: $(head -c 200 "$work/out")"; fi

echo "fault: $passed passed, $failed failed"
[ "$failed" = 0 ]
