#!/bin/sh
# limits.sh -- docs/limits.md and the sources agree. Every constant that is named like a limit has a line in limits.txt:
#
#   FILE NAME VALUE | words that stand in docs/limits.md
#   FILE NAME VALUE | - why nobody who uses ops meets it
#
# A limit that is new, changed or gone fails here until somebody has looked at its line, and at what the page says.
cd "$(dirname "$0")/.." || exit 70
names='([A-Z]+_)*(MOST|MAX|LIMIT|LONGEST|DEEPEST|DEEP|LARGEST)(_[A-Z]+)*'
found=$(mktemp) known=$(mktemp)
grep -oE "\b$names += +[^,;}]+|^#define +$names +[^/]+" base/*.[ch] lang/*.[chly] runtime/*.[ch] analysis/*.[ch] cli/*.[ch] |
    sed -E 's/:(#define +)?/ /; s/ += +/ /; s/  +/ /g; s/ +$//; s, /\*.*,,' | grep -vE ' U?INT[0-9]*_MAX ' | sort -u >"$found"
sed -E '/^(#|$)/d; s/ +\|.*//; s/  +/ /g' tests/limits.txt | sort -u >"$known"
wrong=$(comm -3 "$found" "$known" | sed 's/^\t/not in the sources any more: /; t; s/^/not in tests\/limits.txt: /')
page=$(tr -s '\n ' '  ' <docs/limits.md)
while IFS='|' read -r limit words; do
    case $limit$words in '#'* | '') continue ;; esac
    words=${words# }
    case $words in
    '- '?*) ;;
    '') wrong="$wrong
$limit: no word of what it means" ;;
    *) case $page in *"$words"*) ;; *) wrong="$wrong
docs/limits.md does not say \"$words\", for $limit" ;; esac ;;
    esac
done <tests/limits.txt
rm -f "$found" "$known"
if [ -n "$wrong" ]; then
    echo "$wrong"
    echo "limits: 0 passed, 1 failed"
    exit 1
fi
echo "limits: 1 passed, 0 failed"
