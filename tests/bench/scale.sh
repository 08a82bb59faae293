#!/bin/sh
# scale.sh OPS OUTDIR CC [CASES] -- a store with many open cases (100,000): what is done now costs what is done, not what
# waits. Each is measured beside the same in a store without the others.
. "$(dirname "$0")/common"
n=${4:-100000}

# Every so manyth case is reminded each minute, so that 1,000 are due at every tick, from all over the store.
fill() {                                  # NAME CASES EVERY
    cat >"$1.ops" <<S
role R < people "ann", "bob" >
record L < key id; id text; n number >
process P <
    when each l in "$1.csv"
    takes l L
    if l.n is 0 <
        step Call < who R; how "Call."; remind every 1 minute >
    > else <
        step Wait < who R; how "Wait."; within 300 d >
    >
>
process Loop <
    set i = 0
    repeat at most 1000001 times <
        set i = i + 1
        step A < how lua { local x = i } >
    > until i >= 1000000
>
metric open = count(P where running, all time)
audit "Enough" < owner R; check "open" open >= 1000 >
S
    awk -v n="$2" -v every="$3" 'BEGIN { print "id,n"; for (i = 0; i < n; i++) print i "," i % every }' >"$1.csv"
    OPS_NOW=2026-06-01T00:00:00Z "$ops" tick "$1.ops" --store "$1.db" --yes
    rm "$1.csv"
}
ticks() {                                 # NAME: a tick a minute later each time, at which 1,000 are reminded
    echo 0 >"$1.at"
    cat >"$1.sh" <<S
read now <$1.at
now=\$((now + 1))
echo \$now >$1.at
OPS_NOW=\$(printf '2026-06-01T%02d:%02d:00Z' \$((now / 60)) \$((now % 60))) "$ops" tick $1.ops --store $1.db >$1.out
[ \$? = 1 ] && grep -q '\.\.\. and 980 more' $1.out
S
}
took() {                                  # WHAT LIMIT RUNS COMMAND...: what a command costs with all these cases
    what=$1 limit=$2 runs=$3 command=$4
    shift 4
    set -- $("$out/measure" "$runs" "$ops" "$command" "$@" --file many.ops --store many.db -- true)
    line "ops $command $what" "$(awk -v a="$1" 'BEGIN { printf "%.3f s" , a }')" "$limit$(($3 / 1024)) MB"
}

began=$(date +%s)
fill many "$n" $((n / 1000))
line "$n cases begun by rows of a file" "$(($(date +%s) - began)) s" "$(($(wc -c <many.db) / n)) bytes a case"
fill few 1000 1
ticks many
ticks few
OPS_NOW=2026-06-01T00:00:30Z
export OPS_NOW
set -- $("$out/measure" 15 sh many.sh -- sh few.sh)
line "ops tick, 1,000 due among $n cases / with no others" "$(ratio "$1" "$2")" "at most 1.5: $1 s, $2 s"
line "its memory, in MB" "$(($3 / 1024))" "at most 200"
few=$("$out/measure" 15 "$ops" tick few.ops --store few.db -- true)
few=${few%% *}
set -- $("$out/measure" 15 "$ops" tick many.ops --store many.db -- "$ops" tick few.ops --store few.db)
line "ops tick, nothing due, among $n cases - with no others, in ms" "$(awk -v a="$1" -v b="$2" 'BEGIN { printf "%.1f", (a - b) * 1e3 }')" "at most 30: $1 s, $2 s"

# Killed in the middle of its work, again and again: the next one takes up what was begun.
"$ops" start Loop --file many.ops --store many.db >/dev/null &
sleep 1
kill -9 $!
for i in 1 2 3 4 5; do
    { wait $! || true; } 2>/dev/null
    from=$(date +%s%6N)
    "$ops" tick many.ops --store many.db >/dev/null &
    sleep 1
    kill -9 $!
    "$out/times" since many.db "$from" >>after
done
wait $! 2>/dev/null || true
line "kill -9 to the next new step, $n cases open, in ms" "$(middle after)" "at most 100: the slowest $(sort -n after | tail -n 1)"

took "of one case, opening the store included" "at most 0.02 s; " 9 why $((n / 2))
took "of one case" "at most 0.02 s; " 9 show $((n / 2))
took "of a task" "" 5 claim 7 --as ann
took "without any" "" 3 cases --most 20
took "" "" 1 tasks --most 20
took "" "" 1 today --person bob
took "" "" 1 stats
took "" "" 1 goals
took "" "" 1 audit
