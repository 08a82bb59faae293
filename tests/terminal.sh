#!/bin/sh
# terminal.sh OPS DRIVE [SCENE...] -- what ops asks, shows and takes at a terminal: the scenes of tests/terminal.
#
# Each scene is played in an empty folder of its own with the .ops files that lie beside it; see terminal/drive.c.
ops=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
drive=$(cd "$(dirname "$2")" && pwd)/$(basename "$2")
shift 2
here=$(cd "$(dirname "$0")" && pwd)/terminal
passed=0 failed=0
[ $# -gt 0 ] || set -- "$here"/*.scene
for scene in "$@"; do
    scene=$(cd "$(dirname "$scene")" && pwd)/$(basename "$scene")
    work=$(mktemp -d) || exit 70
    cp "$here"/*.ops "$work"
    if (
        cd "$work" || exit 70
        export PATH="$(dirname "$ops"):$PATH" HOME="$work/home" XDG_STATE_HOME= INPUTRC=/dev/null TERM=xterm NO_COLOR=1
        export OPS_NOW=2026-11-23T09:00:00Z TZ=UTC LC_ALL=C.UTF-8 OPS_STORE= OPS_FILE= ME="$(id -un)"
        "$drive" "$scene" </dev/null
    ) >"$work/.out" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED terminal/$(basename "$scene")"
        head -n 40 "$work/.out"
    fi
    rm -rf "$work"
done
echo "terminal: $passed passed, $failed failed"
[ "$failed" = 0 ]
