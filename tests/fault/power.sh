#!/bin/sh
# power.sh OPS sample|full -- the power fails at 10,000 moments, with unsynced writes dropped, torn and in another
# order (tests/unit/power.c, which by itself tries a few and is the sample).
. "$(dirname "$0")/common"

if [ "$how" = full ]; then
    for seed in 11 12 13 14; do
        "$(dirname "$ops")/unit/power" 2500 $seed >"$work/out" 2>&1 && ok || bad "seed $seed: $(grep -v '^\[' "$work/out" | head -n 3)"
    done
fi
finish power
