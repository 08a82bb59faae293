#!/bin/sh
# lua.sh OPS sample|full -- Lua's process is killed again and again while a business runs: the engine goes on.
#
# A step that the kill took fails as its declaration says: one that is `repeatable` is done once more at once, one that
# says `retry` later; of the rest each is an incident, which a retry ends. Those that run together with others are run
# by themselves then. No case is lost, and nothing is done by half.
. "$(dirname "$0")/common"

cases=60 rounds=1
[ "$how" = full ] && cases=400 rounds=20

business() {
    rm -rf "$work/now" && mkdir "$work/now" && cd "$work/now" || exit 70
    cat >lua.ops <<'OPS'
allow file "./" read
record Row < key id; id number >
process Plain <
    when each row in "in.csv"
    takes row Row
    step Reckon < how lua { local n = 0 for i = 1, 200000 do n = n + i % 7 end return n, row.id * 2 }; gives n number, twice number >
    stop "${twice}"
>
process Again <
    when each row in "in.csv"
    takes row Row
    step Reckon < how lua { local n = 0 for i = 1, 200000 do n = n + i % 7 end return n, row.id * 2 }; gives n number, twice number; repeatable; retry 5 times >
    stop "${twice}"
>
process Short <
    when each row in "in.csv"
    takes row Row
    set two = 0
    step One < how lua { return row.id - 1 }; gives one number >
    step Two < how lua { if row.id % 7 == 0 then fail("seven") end two = one + 1 }; on fail < set two = row.id > >
    step Ask < how lua { return file.exists("in.csv") and two or 0 }; gives there number >
    step Long < how lua { if row.id % 50 == 0 then for i = 1, 3000000 do end end return there }; gives long number >
    step Last < how lua { return long + row.id }; gives twice number >
    stop "${twice}"
>
OPS
    { echo id; seq 1 $cases; } >in.csv
}

# The processes below one, of all that run.
below() {
    cat /proc/[0-9]*/stat 2>/dev/null | awk -v top="$1" -v name="($2)" '
        { match($0, /\(.*\)/); split(substr($0, RSTART + RLENGTH), rest); parent[$1] = rest[2] }
        substr($0, RSTART, RLENGTH) == name { wanted[$1] = 1 }
        END { for (p in wanted) for (q = p; q > 1; q = parent[q]) if (q == top) { print p; break } }'
}

killed=0
kill_on() {                              # while ops runs
    while kill -0 "$1" 2>/dev/null; do
        for worker in $(below "$1" ops-lua); do kill -KILL "$worker" 2>/dev/null && killed=$((killed + 1)); done
        sleep 0.03
    done
}

ends() { "$ops" cases --all --json lua.ops | grep -o "\"process\":\"$1\"[^}]*\"outcome\":\"[0-9]*\"" | sed 's/.*"outcome":"//; s/"//' | sort -n; }
round() {
    business
    "$ops" run lua.ops --quiet >"$work/out" 2>&1 &
    pid=$!
    kill_on $pid
    wait $pid
    code=$?
    [ $code -le 1 ] || { bad "lua: it ended with $code: $(head -n 3 "$work/out")"; return; }
    retry lua.ops >/dev/null 2>&1
    for process in Plain Again Short; do
        ends $process >"$work/ends"
        [ "$(wc -l <"$work/ends")" = $cases ] || { bad "lua: $process ended $(wc -l <"$work/ends") times"; return; }
        seq 2 2 $((2 * cases)) | cmp -s - "$work/ends" || { bad "lua: $process ended otherwise"; return; }
    done
    "$ops" verify lua.ops | grep -q unchanged || { bad "lua: the history was changed"; return; }
    ok
}

for i in $(seq $rounds); do round; done
if [ $killed -gt 0 ]; then ok; else bad "lua: nothing was killed"; fi
finish lua
