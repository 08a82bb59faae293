#!/bin/sh
# docs.sh OPS -- every block of `.ops` text that a page shows is checked, so that no page says what is not so.
#
# A block that begins with ```ops must be free of mistakes and warnings; one that begins with ```ops E0303 must have
# some of that code and of no other. Tests in a block without mistakes are played, and pass. Links within the project
# lead to a file that is there, and to a heading that stands in it.
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

for page in README.md docs/*.md examples/*/README.md; do
    follow "$page"
    rm -f "$work"/*.ops
    awk -v to="$work/" '/^```ops/ { file = sprintf("%s%05d-%s.ops", to, NR, $2 ? $2 : "right"); next }
                        /^```/    { if (file) close(file); file = "" }
                        file      { print >file }' "$page"
    for block in "$work"/*.ops; do
        [ -e "$block" ] || continue
        wanted=$(basename "$block" .ops)
        line=$(expr "${wanted%%-*}" + 0)
        wanted=${wanted#*-}
        found=$("$ops" check "$block" | sed -n 's/^[^ ]*: \(error\|warning\) \([EW][0-9]*\):.*/\2/p' | sort -u | tr '\n' ' ')
        [ "$wanted" = right ] && wanted= || wanted="$wanted "
        [ -z "$wanted" ] && grep -q '^ *test "' "$block" && { "$ops" test "$block" >"$work/played" || found="$found a test that fails"; }
        if [ "$found" = "$wanted" ]; then
            passed=$((passed + 1))
        else
            failed=$((failed + 1))
            echo "FAILED $page:$line: wanted ${wanted:-no mistake}, found ${found:-none}"
            "$ops" check "$block" | sed "s|$work/||" | head -n 20
        fi
    done
done
echo "docs: $passed passed, $failed failed"
[ "$failed" = 0 ]
