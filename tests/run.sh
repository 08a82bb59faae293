#!/bin/sh
# run.sh OPS UNITDIR [NAME] -- all tests, then one line that counts them.
cd "$(dirname "$0")/.." || exit 70
ops=$1 units=$2 only=${3:-}
export OPS_LUA_UNFILTERED=known           # a container may forbid Lua's process its filter: outputs are the same
drive=$(dirname "$units")/terminal/drive
passed=0 failed=0
add() {
    passed=$((passed + $(echo "$1" | sed 's/.*: //; s/ passed.*//')))
    failed=$((failed + $(echo "$1" | sed 's/.*passed, //; s/ failed.*//')))
}
if [ -z "$only" ]; then
    for unit in "$units"/*; do
        [ -x "$unit" ] && [ -f "$unit" ] || continue
        case $unit in *.d | *.o) continue ;; esac
        log=$(mktemp)
        if CMOCKA_MESSAGE_OUTPUT=STDOUT "$unit" >"$log" 2>&1; then
            n=$(sed -n 's/.*\[  PASSED  \] \([0-9]*\) test.*/\1/p' "$log" | head -n 1)
            echo "unit $(basename "$unit"): ${n:-0} passed"
            passed=$((passed + ${n:-0}))
            [ "${n:-0}" -gt 0 ] || { failed=$((failed + 1)); echo "unit $(basename "$unit"): ran no test"; }
        else
            failed=$((failed + 1))
            echo "unit $(basename "$unit"): FAILED"
            grep -v '^\[ RUN\|^\[       OK' "$log" | head -n 60
        fi
        rm -f "$log"
    done
    for script in "tests/house.sh" "tests/limits.sh" "tests/docs.sh $ops" "tests/fields.sh $ops" "tests/terminal.sh $ops $drive" \
        "tests/editors.sh $(dirname "$units")/docs/pages" "tests/without.sh $(dirname "$units")/ops-without-libcurl"; do
        line=$(sh $script) || true
        echo "$line"
        add "$(echo "$line" | tail -n 1)"
    done
fi
case $only in
terminal/*) set -- tests/terminal.sh "$ops" "$drive" "tests/$only.scene" ;;
*) set -- tests/golden.sh "$ops" $only ;;
esac
golden=$(mktemp)
sh "$@" >"$golden" &                       # beside the fault tests, which mostly wait for the disk
for script in tests/fault/*.sh; do
    [ -z "$only" ] && [ -e "$script" ] || continue
    line=$(sh "$script" "$ops" sample) || true
    echo "$line"
    add "$(echo "$line" | tail -n 1)"
done
wait
cat "$golden"
add "$(tail -n 1 "$golden")"
rm -f "$golden"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
