#!/bin/sh
# docs.sh OPS -- every block of `.ops` text that a page shows is checked, so that no page says what is not so.
#
# A block that begins with ```ops must be free of mistakes and warnings; one that begins with ```ops E0303 must have
# some of that code and of no other. Tests in a block without mistakes are played, and pass. Links within the project
# lead to a file that is there, and to a heading that stands in it. A block that begins with ```console shows what
# is typed behind `$` in a folder with the block of `.ops` above it as shop.ops, and what is answered then.
ops=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
cd "$(dirname "$0")/.." || exit 70
work=$(mktemp -d) || exit 70
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

# What a heading is called in a link: small letters, blanks as dashes, and nothing else but letters and digits.
anchors() {
    sed -n '/^```/,/^```/d; s/^##* //p' "$1" | tr 'A-Z ' 'a-z-' | tr -cd 'a-z0-9_\n-'
}

# links PAGE -- TARGET of each [text](TARGET), but for those to other places.
links() {
    sed '/^```/,/^```/d' "$1" | grep -o '\](\([^)]*\))' | sed 's/^](//; s/)$//' | grep -v '^[a-z]*:'
}

follow() {
    for link in $(links "$1"); do
        file=${link%%#*} heading=${link#"${link%%#*}"}
        [ -n "$file" ] && file=$(dirname "$1")/$file || file=$1
        if [ -e "$file" ] && { [ -z "$heading" ] || anchors "$file" | grep -qx -- "${heading#?}"; }; then
            passed=$((passed + 1))
        else
            failed=$((failed + 1))
            echo "FAILED $1: nothing is at $link"
        fi
    done
}

# The files and folders that a block reads, empty: so none is missing.
bring_files() {
    grep -o '"[A-Za-z_/*-]*\.\(csv\|jsonl\)"' "$1" | tr -d '"' | while read -r path; do
        mkdir -p "$work/$(dirname "$path")"
        case $path in *\**) ;; *) : >"$work/$path" ;; esac
    done
}

# What `ops check` finds, and whether the tests that stand in the block pass.
check_block() {
    bring_files "$1"
    wanted=$(basename "$1" .ops)
    wanted=${wanted#*-}
    found=$("$ops" check "$1" | sed -n 's/^[^ ]*: \(error\|warning\) \([EW][0-9]*\):.*/\2/p' | sort -u | tr '\n' ' ')
    [ "$wanted" = right ] && wanted= || wanted="$wanted "
    [ -z "$wanted" ] && grep -q '^ *test "' "$1" && { "$ops" test "$1" >"$work/played" || found="$found a test that fails"; }
    [ "$found" = "$wanted" ] && return
    echo "FAILED $page:$line: wanted ${wanted:-no mistake}, found ${found:-none}"
    "$ops" check "$1" | sed "s|$work/||" | head -n 20
    return 1
}

# Time stands still, and whoever runs this is `you`.
play_console() {
    (
        cd "$work/desk" || exit 70
        export PATH="$(dirname "$ops"):$PATH" OPS_NOW=2026-11-23T09:00:00Z TZ=UTC LC_ALL=C.UTF-8 NO_COLOR=1 OPS_STORE= OPS_FILE=
        sed -n 's/^\$ //p' "$1" | while read -r typed; do
            echo "$ $typed"
            eval "$typed" </dev/null
        done
    ) 2>&1 | sed "s/\\b$(id -un)\\b/you/g" >"$work/answered"
    cmp -s "$1" "$work/answered" && return
    echo "FAILED $page:$line: the answer is another"
    diff -u "$1" "$work/answered" | sed 1,2d
    return 1
}

for page in README.md docs/*.md examples/*/README.md; do
    follow "$page"
    rm -rf "$work"/*
    awk -v to="$work/" '/^```(ops|console)/ { name = /^```ops/ ? ($2 ? $2 : "right") ".ops" : "console"
                                              file = sprintf("%s%05d-%s", to, NR, name); next }
                        /^```/    { if (file) close(file); file = "" }
                        file      { print >file }' "$page"
    for block in "$work"/0*; do
        [ -e "$block" ] || continue
        line=$(expr "$(basename "$block" | sed 's/-.*//')" + 0)
        case $block in
        *-console) play_console "$block" ;;
        *) rm -rf "$work/desk" && mkdir "$work/desk" && cp "$block" "$work/desk/shop.ops" && check_block "$block" ;;
        esac && passed=$((passed + 1)) || failed=$((failed + 1))
    done
done
echo "docs: $passed passed, $failed failed"
[ "$failed" = 0 ]
