#!/bin/sh
# model.sh OPS sample|full -- random businesses do what the reference model does, crashes included; and so do the trials
# that once found a difference (tests/model). In full a hundred thousand, which must come to all that the model knows.
. "$(dirname "$0")/common"

model=$(dirname "$ops")/fuzz/model
hunt="0 1"
[ "$how" = full ] && hunt="many 100000 1"
for with in "play $(echo tests/model/kept/*.trial | tr '\n' ' ')" "$hunt"; do
    "$model" $with >"$work/out" 2>&1 && ok || { bad "$with"; cat "$work/out"; }
    grep "^model:" "$work/out"
done
finish model
