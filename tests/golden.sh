#!/bin/sh
# golden.sh OPS [-b] [NAME...] -- runs golden tests: folders under tests/ with a file `cmd`; a NAME without one stands
# for all that are in it.
#
# A test is a folder one could mail: its files are copied to an empty place, `cmd` runs there with
# sh, and what it prints (both streams) and its exit code must be as `expected` says. -b accepts.
# Time stands still at OPS_NOW; the zone is UTC; the login is whoever runs it, shown as USER.
ops=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
shift
bless=
[ "${1:-}" = -b ] && { bless=1; shift; }
here=$(cd "$(dirname "$0")" && pwd)
passed=0 failed=0 title=golden
[ $# != 1 ] || title="golden $1"
[ $# -gt 0 ] || set -- .
for name in "$@"; do
    shift
    [ -d "$here/$name" ] || { echo "golden: there is no tests/$name"; echo "$title: 0 passed, 1 failed"; exit 1; }
    set -- "$@" $(cd "$here" && find "$name" -name cmd | sed 's|^\./||; s|/cmd$||' | sort)
done
[ $# -gt 0 ] || { echo "golden: there is no test in it"; echo "$title: 0 passed, 1 failed"; exit 1; }
for name in "$@"; do
    dir=$here/$name
    work=$(mktemp -d) || exit 70
    cp -r "$dir/." "$work/"
    me=$(id -un)
    (
        cd "$work" || exit 70
        PATH=$(dirname "$ops"):$PATH OPS_NOW=${OPS_NOW:-2026-11-23T09:00:00Z} TZ=UTC LC_ALL=C.UTF-8 TERM=dumb NO_COLOR=1 \
            OPS_LUA_UNFILTERED=known EXAMPLES=$here/../examples OPS_STORE= OPS_FILE= timeout 120 sh ./cmd </dev/null
        echo "exit $?"
    ) 2>&1 | sed "s|$work|.|g; s|$here/../examples|examples|g; s/\\b$me\\b/USER/g" >"$work/.got"
    if cmp -s "$work/.got" "$dir/expected"; then
        passed=$((passed + 1))
    elif [ -n "$bless" ]; then
        cp "$work/.got" "$dir/expected"
        echo "blessed $name"
    else
        failed=$((failed + 1))
        echo "FAILED $name"
        diff -u "$dir/expected" "$work/.got" | head -n 40
    fi
    rm -rf "$work"
done
echo "$title: $passed passed, $failed failed"
[ "$failed" = 0 ]
