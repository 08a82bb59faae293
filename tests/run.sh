#!/bin/sh
# run.sh OPS UNITDIR [NAME] -- all tests, then one line that counts them, and what was skipped.
#
# Suites that do not touch each other are played side by side, one on each processor; each is shown when it has ended.
cd "$(dirname "$0")/.." || exit 70
ops=$1 units=$2 only=${3:-}
export OPS_LUA_UNFILTERED=known           # a container may forbid Lua's process its filter: outputs are the same
drive=$(dirname "$units")/terminal/drive
case $only in
'') ;;
terminal/*) exec sh tests/terminal.sh "$ops" "$drive" "tests/$only.scene" ;;
*) exec sh tests/golden.sh "$ops" $only ;;
esac
work=$(mktemp -d) || exit 70
trap 'rm -rf "$work"' EXIT
trap 'trap "" TERM; kill 0; exit 130' INT # what is played in the background would go on
sum=': [0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped.*)?$'

unit() {
    name="unit $(basename "$1")"
    if CMOCKA_MESSAGE_OUTPUT=STDOUT "$1" >"$log" 2>&1; then
        n=$(sed -n 's/.*\[  PASSED  \] \([0-9]*\) test.*/\1/p' "$log" | head -n 1)
        [ "${n:-0}" -gt 0 ] && echo "$name: $n passed, 0 failed" || echo "$name: ran no test: 0 passed, 1 failed"
    else
        grep -v '^\[ RUN\|^\[       OK' "$log" | head -n 60
        echo "$name: 0 passed, 1 failed"
    fi
}
# The longest first, so that none is left over for one processor at the end.
{
    for name in disk doors kill scenes store; do echo "sh tests/fault/$name.sh $ops sample"; done
    for room in runtime cli lang; do echo "sh tests/golden.sh $ops $room"; done
    for script in tests/fault/*.sh; do
        case $script in */disk.sh | */doors.sh | */kill.sh | */scenes.sh | */store.sh) continue ;; esac
        echo "sh $script $ops sample"
    done
    for room in $(cd tests && find . -name cmd | cut -d/ -f2 | sort -u); do
        case $room in runtime | cli | lang) continue ;; esac
        echo "sh tests/golden.sh $ops $room"
    done
    for unit in "$units"/*; do
        [ -x "$unit" ] && [ -f "$unit" ] || continue
        case $unit in *.d | *.o) continue ;; esac
        echo "unit $unit"
    done
    echo "sh tests/house.sh"
    echo "sh tests/limits.sh"
    echo "sh tests/docs.sh $ops"
    echo "sh tests/fields.sh $ops"
    echo "sh tests/terminal.sh $ops $drive"
    echo "sh tests/editors.sh $(dirname "$units")/docs/pages"
    echo "sh tests/without.sh $(dirname "$units")/ops-without-libcurl"
} >"$work/suites"

# Plays what no other one has taken.
play() {
    i=0
    while read -r suite; do
        i=$((i + 1))
        mkdir "$work/$i" 2>/dev/null || continue
        log=$work/$i/log
        $suite >"$work/$i/out" 2>&1 </dev/null
        tail -n 1 "$work/$i/out" | grep -qE "$sum" ||
            echo "$suite: did not come to its end: 0 passed, 1 failed" >>"$work/$i/out"
        cat "$work/$i/out"
    done <"$work/suites"
}
players=$(nproc 2>/dev/null || echo 2)
[ "$players" -le 4 ] || players=4
for player in $(seq "$players"); do play & done
wait
i=0
while read -r suite; do
    i=$((i + 1))
    tail -n 1 "$work/$i/out" 2>/dev/null | grep -E "$sum" || echo "nobody played it: 0 passed, 1 failed"
done <"$work/suites" | sed 's/.*: \([0-9]* passed, \)/\1/' |
    awk '{ passed += $1; failed += $3; skipped += $5 }
         END { failed += NR == 0; print passed + 0 " passed, " failed + 0 " failed" (skipped ? ", " skipped " skipped" : ""); exit (failed > 0) }'
