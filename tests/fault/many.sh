#!/bin/sh
# many.sh OPS sample|full -- many processes on one store, some of them killed: every step is done once.
#
# Each case has a step that appends its row to a file, under a lock that three may hold. All processes take rows in,
# begin steps and go on with cases of one another. What a kill leaves in doubt is skipped, never repeated: so each
# row stands in the file at most once, and exactly once where no kill met its step.
. "$(dirname "$0")/common"

rows=90 processes=8 rounds=1
[ "$how" = full ] && rows=300 processes=20 rounds=10

business() {
    rm -rf "$work/now" && mkdir "$work/now" && cd "$work/now" || exit 70
    cat >many.ops <<'OPS'
record Row < key id; id text >
event done < id text >
process Take <
    when each row in "in.csv"
    takes row Row
    step Reckon < how lua { return #row.id }; gives length number >
    lock "bench" of 3 < step Note < how shell "sleep 0.05; echo ${row.id} >> effects.txt" > >
    emit done with id = row.id
    wait for done as d where d.id is row.id
    call Count with id = row.id as r
    stop "${r.n}"
>
process Count <
    takes id text
    gives n number = 0
    step Two < how shell "echo 2"; gives two number; repeatable >
    set n = two
>
OPS
    { echo id; seq 1000 $((999 + rows)); } >in.csv
}

# One of them; every second one is killed at some moment.
one() {
    "$ops" run many.ops --jobs 2 --yes --quiet >"$work/out.$1" 2>&1 &
    pid=$!
    if [ $(($1 % 2)) = 0 ]; then
        sleep "0.$(awk -v s="$1$2" 'BEGIN { srand(s); printf "%03d", int(rand() * 400) + 50 }')"
        kill -9 $pid 2>/dev/null
    fi
    wait $pid 2>/dev/null
    code=$?
    [ $code = 137 ] && echo "$1" >>"$work/killed"
    case $code in 0|1|75|137) ;; *) echo "process $1 exited $code: $(head -c 200 "$work/out.$1")" >>"$work/odd" ;; esac
}

# The first one of all dies in the middle of its work, whatever the others do.
first() {
    "$ops" run many.ops --jobs 2 --yes --quiet >"$work/out.first" 2>&1 &
    pid=$!
    while kill -0 $pid 2>/dev/null && [ ! -s effects.txt ]; do sleep 0.02; done
    kill -9 $pid 2>/dev/null
    wait $pid 2>/dev/null
    [ $? = 137 ] && echo first >>"$work/killed"
}

# What nobody knows was done is skipped, until nothing is left.
settle() {
    for again in 1 2 3 4 5 6; do
        "$ops" run many.ops --yes --quiet >"$work/out" 2>&1
        "$ops" cases many.ops --json | grep -o '"case":[0-9]*\|"incidents":[0-9]*' | tr '\n' ' ' |
            grep -o '[0-9]* "incidents":[1-9]' | cut -d' ' -f1 >"$work/doubt"
        [ -s "$work/doubt" ] || return
        while read -r case; do
            "$ops" skip "$case" -f many.ops --because "in doubt" >/dev/null 2>&1
            echo "$case" >>"$work/skipped"
        done <"$work/doubt"
    done
}

: >"$work/killed"
for round in $(seq 1 $rounds); do
    business
    : >"$work/odd"
    : >"$work/skipped"
    first
    for p in $(seq 1 $processes); do one "$p" "$round" & done
    wait
    settle
    [ -s "$work/odd" ] && bad "round $round: $(head -n 1 "$work/odd")" || ok
    finished=$("$ops" cases --all many.ops | grep -c '^ *[0-9]* *Take .*finished.*2$')
    [ "$finished" = $rows ] && ok || bad "round $round: $finished of $rows cases ended as they should"
    twice=$(sort effects.txt | uniq -d | wc -l)
    [ "$twice" = 0 ] && ok || bad "round $round: $twice rows were written twice"
    written=$(sort -u effects.txt | wc -l) doubt=$(sort -u "$work/skipped" | wc -l)
    [ $((written + doubt)) -ge $rows ] && ok || bad "round $round: $written rows written, $doubt in doubt, of $rows"
    "$ops" verify many.ops | grep -q unchanged && ok || bad "round $round: the history does not verify"
done
[ -s "$work/killed" ] && ok || bad "no process was killed: there was too little to do"
finish many
