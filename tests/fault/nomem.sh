#!/bin/sh
# nomem.sh OPS sample|full -- the n-th allocation finds no memory, ours, SQLite's, Lua's or the C library's:
# ops ends in words, nothing that was recorded is lost or done twice, and the next run goes on.
. "$(dirname "$0")/common"
if grep -q __asan_init "$ops"; then      # the sanitizer has an allocator of its own
    finish nomem
    exit
fi
${CC:-cc} -shared -fPIC -O1 -o "$work/nomem.so" "$here/nomem.c" || bad "the library that refuses memory does not build"

fresh "$here/small"
reference small.ops "$work/small.ref"
fresh "$here/small"
LD_PRELOAD=$work/nomem.so NOMEM_COUNT=$work/count "$ops" run small.ops --answers answers.csv --jobs 1 --json >"$work/out" 2>&1
all=$(cat "$work/count" 2>/dev/null || echo 0)
[ "$all" -gt 1000 ] || bad "the allocations were not counted: $all"

step=$((all / 5 + 1))
[ "$how" = full ] && step=1
for on in "" 1; do
    n=1
    while [ $n -le "$all" ]; do
        fresh "$here/small"
        LD_PRELOAD=$work/nomem.so NOMEM_AT=$n NOMEM_ON=$on "$ops" run small.ops --answers answers.csv --jobs 1 --json >"$work/out" 2>&1
        code=$?
        case $code in
        0 | 1) ;;
        134) c_library_ended || { bad "no memory at $n $on: exit $code: $(head -c 200 "$work/out")"; code=; } ;;
        6[0-9] | 7[0-9]) grep -q "memory\|^ops: ." "$work/out" || { bad "no memory at $n $on: exit $code without a word"; code=; } ;;
        *) bad "no memory at $n $on: exit $code: $(head -c 200 "$work/out")"; code= ;;
        esac
        [ -z "$code" ] || same small.ops "no memory at $n $on" "$work/small.ref"
        n=$((n + step))
    done
done
finish nomem
