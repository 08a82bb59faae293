#!/bin/sh
# nomem.sh OPS sample|full -- the n-th allocation finds no memory, ours, SQLite's, Lua's or the C library's:
# ops ends in words, nothing that was recorded is lost or done twice, and the next run goes on.
. "$(dirname "$0")/common"
if grep -q __asan_init "$ops"; then      # the sanitizer has an allocator of its own
    echo "fault nomem: 0 passed, 0 failed, 1 skipped: memory is refused without the sanitizer"
    exit
fi
. "$here/refused"

fresh "$here/small"
run small.ops
plain small.ops >"$work/first.ref"
fresh "$here/small"
reference small.ops "$work/small.ref"
judge_first() { done_if_said "$1" "$work/first.ref" && same small.ops "$1" "$work/small.ref"; }
few=5 least=1000
command='run small.ops --answers answers.csv --jobs 1 --json'
sweep anew judge_first
finish nomem
