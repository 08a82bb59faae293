#!/bin/sh
# house.sh -- the architecture, held: includes point down, and every room says what it is.
# cli -> publish -> analysis -> runtime -> lang -> base; runtime sees of lang only the IR.
# And no line is longer than what stands beside another on a screen.
cd "$(dirname "$0")/.." || exit 70
failed=0
complain() { echo "house: $1"; failed=$((failed + 1)); }
rank() { case $1 in base) echo 0 ;; lang) echo 1 ;; runtime) echo 2 ;; analysis) echo 3 ;; publish) echo 4 ;; cli) echo 5 ;; *) echo 9 ;; esac; }
for file in base/*.[ch] lang/*.[chyl] runtime/*.[ch] analysis/*.[ch] cli/*.[ch]; do
    [ -e "$file" ] || continue
    room=${file%%/*}
    for include in $(sed -n 's/^#include "\([a-z]*\)\/.*/\1/p' "$file" | sort -u); do
        [ "$(rank "$include")" -le "$(rank "$room")" ] || complain "$file includes $include/, which stands above it"
    done
    if [ "$room" = runtime ]; then
        sed -n 's/^#include "lang\/\(.*\)"/\1/p' "$file" | grep -vx -e ir.h -e ir.def | while read -r other; do
            complain "$file sees lang/$other; runtime may see only the IR"
        done
    fi
    head -n 1 "$file" | grep -q '^/\*\|^%' || complain "$file does not begin by saying what it is"
done
# In bytes, whatever the locale; tables (*.def) are read across, and may be wider.
for long in $(find . -path ./build -prune -o -name '*.[chyl]' -print |
              LC_ALL=C xargs awk 'length($0) > 120 { print substr(FILENAME, 3) ":" FNR }'); do
    complain "$long is longer than 120 columns"
done
grep -rnE '(/\*|//|^ \*).*\b(TODO|FIXME)\b' --include='*.[chyl]' base lang runtime analysis cli && complain "unfinished words"
[ "$failed" = 0 ] && echo "house: 1 passed, 0 failed" || echo "house: 0 passed, 1 failed"
[ "$failed" = 0 ]
