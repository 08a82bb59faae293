#!/bin/sh
# model.sh OPS sample|full -- random businesses do what the reference model does, crashes included; and so do the trials
# that once found a difference (tests/model).
. "$(dirname "$0")/common"

model=$(dirname "$ops")/fuzz/model
seconds=0
[ "$how" = full ] && seconds=3600
for with in "play $(echo tests/model/kept/*.trial | tr '\n' ' ')" "$seconds 1"; do
    "$model" $with >"$work/out" 2>&1 && ok || { bad "$with"; cat "$work/out"; }
    grep "^model:" "$work/out"
done
finish model
