#!/bin/sh
# store.sh OPS OUTDIR CC -- what it costs to lose nothing, against bare commits of the same run.
. "$(dirname "$0")/common"

n=2000
steps() {                                 # what `ops start` of a file takes, a step, against a bare commit; LIMIT
    printf 'rm -rf .ops; exec "%s" start P --file %s\n' "$ops" "$2" >start.sh
    set -- "$1" "$3" $("$out/measure" 5 sh start.sh -- "$out/bare" commit $n bare.db)
    line "$1" "$(ratio "$3" "$4")" "$2$(awk -v a="$3" -v b="$4" -v n=$n 'BEGIN { printf "%.0f us, %.0f us", a / n * 1e6, b / n * 1e6 }')"
}
repeated() {                              # so many rounds of a step, with how it is done
    printf 'process P <\n    set i = 0\n    repeat at most %d times <\n        set i = i + 1\n        step A < %s >\n    > until i >= %d\n>\n' $(($1 + 1)) "$2" "$1"
}
apart() {                                 # ROUNDS: blocks that ask for something, so each is a commit of its own
    echo 'allow file "there/" read'
    repeated "$1" 'how lua { local x = file.exists("there/x") }'
}
awk -v n=$n 'BEGIN { print "process P <"; for (i = 0; i < n; i++) printf "    step S%d < how lua { local x = 1 } >\n", i; print ">" }' >row.ops
repeated $n 'how lua { local x = i }' >loop.ops
steps "a durable machine step / a bare commit of one row" row.ops "at most 1.4: "
apart $n >apart.ops
steps "the same in a loop that sets a variable" loop.ops "at most 1.4: "
steps "a step that asks for a file, each a commit of its own / the same" apart.ops ""

# Records in the tables of a store, written by the cases themselves and by a loop that does nothing else, in turn.
against_bare() {                          # FILE RUNS: "seconds bare-seconds records commits"
    printf 'rm -f cases.db*; exec "%s" run %s --store cases.db --quiet\n' "$ops" "$1" >cases.sh
    sh cases.sh
    cp cases.db source.db
    rm -f ours bare
    for i in $(seq "$2"); do
        "$out/measure" 1 sh cases.sh -- true | cut -d ' ' -f 1 >>ours
        "$out/bare" rows source.db bare.db >>bare
    done
    echo "$(middle ours) $(middle bare) $("$out/times" count source.db)"
}
cases() {                                 # FILE CASES STEPS: so many cases, each of so many steps
    awk -v file="$1" -v steps="$3" 'BEGIN {
        print "record L < key id; id text; n number >\nprocess P <\n    when each l in \"" file ".csv\"\n    takes l L"
        for (i = 0; i < steps; i++) printf "    step S%d < how lua { local x = l.n } >\n", i
        print ">"
    }' >"$1.ops"
    awk -v n="$2" 'BEGIN { print "id,n"; for (i = 0; i < n; i++) print i "," i }' >"$1.csv"
}
grouped() {                               # WORKERS STEPS RECORDS: so many cases that go on together
    cases workers "$1" "$2"
    set -- "$1" "$3" $(against_bare workers.ops 5)
    line "steps of $1 cases, grouped: records a second / a bare grouped writer" "$(ratio "$4" "$3")" \
        "at least 0.8, or $2 a second: $(awk -v n="$5" -v s="$3" 'BEGIN { printf "%.0f", n / s }') in $6 commits"
}
grouped 8 800 25000
grouped 32 400 70000
cases five 10000 5
set -- $(against_bare five.ops 3)
line "10,000 cases of five steps: records a second / the same" "$(ratio "$2" "$1")" "at least 0.5: $1 s, $2 s; $(awk -v n="$3" -v s="$1" 'BEGIN { printf "%.0f", n / s }') a second in $4 commits"

n=300
repeated $n 'how shell "true"' >shell.ops
printf 'rm -rf .ops; exec "%s" start P --file shell.ops\n' "$ops" >shell.sh
set -- $("$out/measure" 5 sh shell.sh -- "$out/bare" shell $n bare.db)
line "a shell step / two bare commits and sh -c true" "$(ratio "$1" "$2")" "at most 1.8: $(awk -v a="$1" -v b="$2" -v n=$n 'BEGIN { printf "%.2f ms, %.2f ms", a / n * 1e3, b / n * 1e3 }')"

printf 'process P <\n    each i in [1, 2, 3, 4, 5, 6, 7, 8] in parallel <\n        step A < how shell "sleep 0.25" >\n    >\n>\n' >jobs.ops
printf 'rm -rf .ops; exec "%s" start P --file jobs.ops --jobs $1\n' "$ops" >jobs.sh
set -- $("$out/measure" 1 sh jobs.sh 1 -- sh jobs.sh 8)
line "eight shell steps with --jobs 1 / with --jobs 8" "$(ratio "$1" "$2")" "8 at once: $1 s, $2 s"

apart 600 >crowd.ops
"$ops" run crowd.ops --store crowd.db --quiet
for i in 1 2 3 4 5 6 7 8; do "$ops" start P --file crowd.ops --store crowd.db >/dev/null & done
wait
set -- $("$out/times" turns crowd.db)
line "8 processes on one store: steps of the slowest / of the fastest" "$1" "at least 0.5: the slowest made $4"
line "the same: the longest wait for a turn, in seconds" "$2" "at most 1"
