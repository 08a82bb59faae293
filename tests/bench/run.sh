#!/bin/sh
# run.sh OPS OUTDIR CC -- what it costs to read, check and test a file, against a peer in the same run.
. "$(dirname "$0")/common"
luac=$(command -v luac5.4 || command -v luac)

generate() {                              # so many processes of 16 lines each
    awk -v n="$1" 'BEGIN {
        print "calendar Office < zone \"UTC\"; open mon..fri 09:00..17:00 >\nrole Sales < people \"ann\", \"bob\" >"
        print "record Lead < key id; id text; name text; budget money in USD = $0 >\n"
        for (i = 0; i < n; i++)
            printf "process P%d <\n    why \"An order forgotten is a customer lost.\"\n    takes lead Lead, n number\n    gives won boolean = no\n" \
                   "    step \"Ask %d\" <\n        who Sales\n        how \"Call ${lead.name} about %d.\"\n        ask price money in USD where price >= $%d, ok boolean\n" \
                   "    >\n    if price > $500 and ok <\n        set won = yes\n    > else <\n        stop \"not a fit %d\"\n    >\n>\n\n", i, i, i, i % 900 + 1, i
    }'
}
lua() {                                   # Lua text of so many bytes
    awk -v size="$1" 'BEGIN {
        for (k = 0; bytes < size; k++) {
            print "do"
            for (i = 0; i < 100 && bytes < size; i++) {
                text = sprintf("local function f%d(lead, n)\n  local won = false\n  local text = \"Call \" .. lead.name .. \" about %d.\"\n" \
                               "  if n > %d and lead.ok then\n    won = true\n  else\n    return nil, \"not a fit %d\"\n  end\n  return won, text\nend\n", i, i, i, k)
                printf "%s", text
                bytes += length(text)
            }
            print "end"
        }
    }'
}
line "what" "ratio" "limit and figures"
generate 6250 >big.ops
bytes=$(wc -c <big.ops)
lua "$bytes" >big.lua
set -- $("$out/measure" 7 "$ops" check --quiet big.ops -- "$luac" -p big.lua)
line "ops check of 100,000 lines / luac -p of as many bytes" "$(ratio "$1" "$2")" "at most 3: $1 s, $2 s"
line "its memory / the text" "$(awk -v a="$3" -v b="$bytes" 'BEGIN { printf "%.1f", a * 1024 / b }')" "at most 60: $3 KB, $bytes bytes"
check=$1
generate 62500 >huge.ops
set -- $("$out/measure" 1 "$ops" check --quiet huge.ops -- true)
line "1,000,000 lines / ten times 100,000" "$(awk -v a="$1" -v b="$check" 'BEGIN { printf "%.2f", a / b / 10 }')" "linear: $1 s"

garbage() {                               # so many megabytes of the same, behind a first line
    awk -v head="$2" -v again="$3" -v size="$(($1 * 1000000))" 'BEGIN {
        if (head) print head
        for (n = 0; n < size; n += length(again) + 1) print again
    }'
}
worst=0 kind=none
printf '"%s" check --quiet garbage.ops >/dev/null; [ $? = 65 ]\n' "$ops" >refuse.sh
refused() {
    garbage 10 "$2" "$3" >garbage.ops
    set -- "$1" $("$out/measure" 1 sh refuse.sh -- true)
    if awk -v a="$2" -v b="$worst" 'BEGIN { exit !(a > b) }'; then worst=$2 kind=$1; fi
}
refused "the same statement" 'process P <' 'set a = b'
refused "misspelt statements" 'process P <' '    stp A < whom X >'
refused "unknown names" '' 'metric m = n'
refused "copies of nothing" '' 'process P like Q < >'
refused "lines that were to say when" 'process P <' 'when 3 at'
refused "another block's statements" 'process P <' 'expect refussed done 3'
refused "comments that do not end" '' '<!-- /* //'
refused "signs" '' '> < } { ; , : " ( ]'
line "10 MB of garbage / 1 s" "$worst" "at most 1: the slowest is $kind"

generate 6 >small.ops
set -- $("$out/measure" 40 "$ops" check --quiet small.ops -- /bin/true)
line "start-up: ops check of 100 lines / (3 times true + 3 ms)" "$(awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / (3 * b + 0.003) }')" "at most 1: $1 s, $2 s"

n=4000
{
    printf 'role R < people "ann" >\nprocess P <\n    takes item text\n    step A < who R; how "x"; ask n number >\n    if n > 3 < stop "big" >\n>\n'
    awk -v n=$n 'BEGIN { for (i = 0; i < n; i++)
        printf "test \"t%d\" <\n    start P with item = \"x\"\n    done A with n = %d as ann\n    expect outcome is \"big\"\n>\n", i, i + 4 }'
} >tests.ops
set -- $("$out/measure" 5 "$ops" test tests.ops -- "$ops" check --quiet tests.ops)
line "simple tests a second, with ops test / 2,000" "$(awk -v n=$n -v a="$1" 'BEGIN { printf "%.2f", n / a / 2000 }')" "at least 1: $n in $1 s, $2 s of it to check them"

lua=$out/lua                              # Lua at the border
set -- $("$lua" apart)
line "a block, three variables in and two out, in its own process" "$1" "at most 20 us"
set -- $("$lua" within)
line "the same within ops / a bare lua_pcall, fresh environment" "$(ratio "$1" "$2")" "at most 3: $1 us, $2 us"
set -- $("$lua" loop)
line "a limited numeric loop / stock Lua" "$(ratio "$1" "$2")" "at most 2.5: $1 s, $2 s"
set -- $("$lua" load)
line "1,000 blocks loaded" "$1" "at most 0.05 s"
set -- $("$lua" memory)
line "Lua's process behind 1,000 cases in turn, MB" "$1" "below 50"
