#!/bin/sh
# scale.sh OPS OUTDIR CC [CASES] -- a store with many open cases (100,000): what is done now costs what is done, not what
# waits. Each is measured beside the same in a store without the others.
. "$(dirname "$0")/common"
n=${4:-100000}

# The first so many cases wake up every minute, 40 times; every so manyth of the others is reminded every hour. So
# 1,000 are due at once that began together, as cases with the same deadline do; or from all over the store. What is
# killed goes on step by step, each a commit of its own: of one that had gone far, the history would be measured.
fill() {                                  # NAME CASES TOGETHER EVERY
    cat >"$1.ops" <<S
allow file "there/" read
role R < people "ann", "bob" >
record L < key id; id text; n number >
process P <
    when each l in "$1.csv"
    takes l L
    if l.n is 1 <
        set rounds = 0
        repeat at most 41 times < set rounds = rounds + 1; wait 1 minute > until rounds >= 40
    > else if l.n is 2 <
        step Call < who R; how "Call."; remind every 1 hour >
    >
    step Wait < who R; how "Wait."; within 300 d >
>
process Loop <
    set i = 0
    repeat at most 1000001 times <
        set i = i + 1
        step A < how lua { local x = file.exists("there/x") } >
    > until i >= 1000000
>
metric open = count(P where running, all time)
audit "Enough" < owner R; check "open" open >= 1000 >
S
    awk -v n="$2" -v first="$3" -v every="$4" 'BEGIN {
        print "id,n"
        for (i = 0; i < n; i++) print i "," (i < first ? 1 : every && i % every == every - 1 ? 2 : 0)
    }' >"$1.csv"
    OPS_NOW=2026-06-01T00:00:00Z "$ops" tick "$1.ops" --store "$1.db" --yes
    rm "$1.csv"
}
ticks() {                                 # NAME FROM BY TELLS: a tick each so many minutes later, and what it tells then
    echo "$2" >"$1.at"
    cat >"$1.sh" <<S
read now <$1.at
now=\$((now + $3))
echo \$now >$1.at
OPS_NOW=\$(printf '2026-06-01T%02d:%02d:00Z' \$((now / 60)) \$((now % 60))) "$ops" tick $1.ops --store $1.db --json >$1.out
[ \$? -lt 2 ] && grep -q '$4' $1.out
S
}
seconds() {                               # NAME: of a bare writer of the rows of those 1,000, in copies of the store
    rm -f bare
    for i in 1 2 3 4 5; do
        cp "$1.db" bare.db
        sync bare.db
        "$out/bare" touch bare.db Call >>bare
    done
    middle bare
}
due() {                                   # WHICH OTHER FROM BY TELLS: 1,000 due among all, and alone
    ticks many "$3" "$4" "$5"
    ticks "$2" "$3" "$4" "$5"
    set -- "$1" $("$out/measure" 15 sh many.sh -- sh "$2.sh")
    line "ops tick, 1,000 due that $1, among $n cases / alone" "$(ratio "$2" "$3")" "at most 1.5: $2 s, $3 s; $(($4 / 1024)) MB of at most 200"
    among=$2 alone=$3
}
beyond() {                                # what the others add there, beside what they add where nothing but rows is written
    set -- "$(seconds many)" "$(seconds calls)"
    line "the same: what the others add / to a bare writer of the same rows" "$(awk -v a="$among" -v b="$alone" -v c="$1" -v d="$2" 'BEGIN { printf "%.2f", (a - b) / (c - d) }')" "bare: $(ratio "$1" "$2"), $1 s, $2 s"
}
took() {                                  # WHAT LIMIT RUNS COMMAND...: what a command costs with all these cases
    what=$1 limit=$2 runs=$3 command=$4
    shift 4
    set -- $("$out/measure" "$runs" "$ops" "$command" "$@" --file many.ops --store many.db -- true)
    line "ops $command $what" "$(awk -v a="$1" 'BEGIN { printf "%.3f s" , a }')" "$limit$(($3 / 1024)) MB"
}

began=$(date +%s)
fill many "$n" 1000 $(((n - 1000) / 1000))
line "$n cases begun by rows of a file" "$(($(date +%s) - began)) s" "$(($(wc -c <many.db) / n)) bytes a case"
fill few 1000 1000 0
fill calls 1000 0 1
due "began together" few 0 1 '"events":4000,'
due "began all over the store" calls 0 60 '"reminded":1000,'
beyond
OPS_NOW=2026-06-01T20:00:30Z
export OPS_NOW
for store in many few; do "$ops" tick $store.ops --store $store.db >/dev/null || true; done    # what is due until then
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
took "of running ones, the first 20" "" 3 cases --most 20
took "of all, the first 20" "" 1 tasks --most 20
took "of one whose are all of them" "" 1 today --person bob
took "of all cases" "" 1 stats
took "of all cases" "at most 200 MB; " 1 goals
took "of all cases" "at most 200 MB; " 1 audit
