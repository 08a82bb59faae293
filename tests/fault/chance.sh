#!/bin/sh
# chance.sh OPS sample|full -- random businesses, run by chance, obey the rules of the flow and come to their end
# (tests/fuzz/engine.c); moved to another version, their cases miss no value (tests/fuzz/move.c).
. "$(dirname "$0")/common"

seconds=0
[ "$how" = full ] && seconds=1200
"$(dirname "$ops")/fuzz/engine" $seconds 1 >"$work/out" 2>&1 && ok || bad "$(head -n 2 "$work/out" | tr '\n' ' ')"
"$(dirname "$ops")/fuzz/move" $seconds 1 >"$work/out" 2>&1 && ok || bad "$(head -n 2 "$work/out" | tr '\n' ' ')"
finish chance
