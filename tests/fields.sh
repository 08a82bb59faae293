#!/bin/sh
# fields.sh OPS -- every field that a command prints as JSON stands in docs/json.md, in that command's part,
# and every field that stands there in a table is one that a command prints. The same of the store's tables and
# kinds of events, and docs/journal.md.
ops=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
root=$(cd "$(dirname "$0")/.." && pwd)
page=$root/docs/json.md
work=$(mktemp -d) || exit 70
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 70
OPS_STORE= OPS_FILE= LC_ALL=C
export OPS_STORE OPS_FILE LC_ALL

# Names of the business end in digits, so that they are not taken for fields.
cat >all.ops <<'OPS'
role Crew < people "ann", "bob" >
record Row < key k1; k1 text; n1 number where n1 > 0 >
event told1 < n1 number >
system S1 <
    owner  Crew
    metric m1 = count(P1, all time)
    metric m2 = count(P1, all time) by row1.k1
    goal   "g1" is m1 >= 1 by 2030-01-01
    process P1 <
        when   each row1 in "rows.csv"
        takes  row1 Row
        step A1 < who Crew; how "Look."; ask v1 money; within 1 day >
        if v1 > $5 < wait 1 day >
        step B1 < how shell "test -e there"; retry 1 times every 1 s; on fail < stop "gone1" > >
    >
    process P2 <
        when  told1
        takes n1 number
        step C1 < how shell "test -e there" >
        each i1 in [n1] < step D1 < who Crew; approve "Well?"; on reject < stop "no1" > > >
    >
    test "t1" < start P2 with n1 = 1; expect finished >
    audit "a1" < check "c1" no P1 where finished; check "c2" every P2 has D1, sample 2 seeded 7
        waive "c1" case 1 until 2099-12-31 because "b1" by "ann"; attest "look1" by Crew every month >
>
OPS
printf 'k1,n1\na,1\nb,0\nc,2\n' >rows.csv

prints() { "$ops" "$@" --json 2>/dev/null; }
prints run all.ops >run
prints signal told1 n1=3 >signal
prints tasks >tasks
prints done 1 v1='$3' --as ann >done
prints done 2 v1='$9' --as bob >>done
prints cases --all >cases
{ prints show 1; prints show 2; prints show 3; } >show
touch there
prints retry 3 >retry
prints done 3 approve=no reason=bad --as ann >>done
rm there
prints start P2 n1=4 >start
prints skip 4 --because "for the test" >skip
prints why 4 >why
prints cancel 4 --because "for the test" >cancel
prints show --all >>show
mkdir other
cat >other/several.ops <<'OPS'
person ann < away 2020-01-01..2999-12-31, bob stands in >
person bob < >
role Crew < people ann, "cy" >
process P5 < parallel < step F1 < who any 2 of Crew; how "Do it." > step G1 < who 2 of Crew; ask x1 number > > >
process P6 < step H1 < who Crew; ask y1 file > >
process P8 < step J1 < who Crew; how "Look." > step K1 < who Crew; how "Look on." > >
OPS
several() { prints "$@" --file other/several.ops; }
several start P5 >>start
several done 1 --as bob >>done
several done 2 x1=1 --as bob >>done
several show 1 >>show
several today --person cy >today
several why 1 >>why
prints why 1 >>why
prints correct 1 A1 v1='$8' --because "for the test" --as ann >correct
{ several away ann until 2999-12-31; several away ann back; several away bob until 2999-12-31 --to cy; several away; } >away
{ several start P6; } >/dev/null; echo a >f1
several done 3 y1=f1 --as cy >>done
several files 2 >files
several show 2 >>show
{ several start P8; several done 4 --as cy; } >/dev/null
several redo 3 J1 --because "for the test" --as cy >redo
several show 3 >>show
prints allow-as ann bob >allow-as
sed 's/Do it\./Do it now./' other/several.ops >other/newer.ops
prints migrate --dry-run --file other/newer.ops >migrate
prints rejected >rejected
prints stats >stats
prints goals >goals
{ prints waive; prints waive c1 --as ann; } >waive
{ prints attest; prints attest look1 --as ann --note n1; } >attest
prints audit >audit
prints accept --because "for the test" >accept
prints versions >versions
prints verify >verify
prints version >version
prints explain E0303 >explain
prints explain >>explain
echo 'process P < stop wrong >' >wrong.ops
printf 'event told2\nprocess P3 < emit told2 >  # accept E0418: for the test\n' >fine.ops
{ prints check wrong.ops; prints check fine.ops; prints check --effects all.ops; } >check
prints needs all.ops >needs
prints tick all.ops >tick
cat >clock.ops <<'OPS'
role Crew < people "ann" >
calendar Cal1 < zone "Europe/Berlin"; open mon..fri 09:00..17:00 >
process P7 < when every monday at 07:00; when every day at 08:00 in Cal1 or next open day; step I1 < who Crew; how "Look." > >
audit "a7" < when every day at 09:00; check "c7" no P7 where finished >
OPS
prints schedule next clock.ops >schedule
prints test all.ops --coverage >test

part() { awk -v want="$1" '/^## / { on = 0; n = split(substr($0, 4), names, ", "); for (i = 1; i <= n; i++) on = on || names[i] == want; next } on' "$page"; }
words() { grep -o '`"*[a-z_]*"*`\|"[a-z_]*":' | tr -d '`":' | sort -u; }
passed=0 failed=0
for command in check needs explain test run tick signal start done retry skip redo cancel correct schedule tasks why today away allow-as files cases show migrate rejected stats goals audit waive attest accept versions verify version; do
    part "$command" >text
    words <text >told
    # What stands in strings is no field.
    sed 's/\\"//g; s/:"[^"]*"/:0/g' "$command" | grep -o '"[a-z_]*":' | tr -d '":' | sort -u >printed
    sed -n 's/^| \(`.*\) |.*/\1/p' text | cut -d'|' -f1 | words >listed
    [ "$command" != tick ] && sed -i '/^report$/d' listed
    silent=$(comm -23 printed told | grep -vx -e amount -e currency | tr '\n' ' ')
    unknown=$(comm -13 printed listed | tr '\n' ' ')
    if [ -s printed ] && [ -z "$silent$unknown" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED docs/json.md, $command:${silent:+ it does not tell of $silent}${unknown:+ no command prints $unknown}"
    fi
done

same() {
    if [ -s stands ] && diff stands is >difference; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED docs/journal.md: its $1 are not the store's (< page, > store)"
        cat difference
    fi
}
store=$root/docs/journal.md
sed -n '/^## Tables/,/^## Events/s/^| `\([a-z]*\)` |.*/\1/p' "$store" | sort >stands
sqlite3 .ops/store.db "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name" >is
same tables
sed -n '/^| kind | when/,/^## The chain/s/^\(| `[^|]*\)|.*/\1/p' "$store" | grep -o '`[a-z]*`' | tr -d '`' | sort >stands
sed -n 's/^EVENT([A-Z_]*, *[0-9]*, *"\([a-z]*\)".*/\1/p' "$root/runtime/event.def" | sort >is
same "kinds of events"
echo "fields: $passed passed, $failed failed"
[ "$failed" = 0 ]
