#!/bin/sh
# strings.sh OPS sample|full -- the nastiest strings through every place where a value can stand: rows, tables, Lua,
# arguments of commands, JSON and text that they print, events, answers, mail, CSV and JSON that ops prints; then, by the
# command line and the prompt, some of them (sample) or all. What is no text is refused.
. "$(dirname "$0")/common"
fresh "$here/strings"
mkdir out json
lua5.4 strings.lua make || bad "the strings could not be made"
cat >send <<'S'
#!/bin/sh
{ cat; echo; echo "----the end----"; } >>sent
S
chmod +x send
OPS_MAIL=$PWD/send; export OPS_MAIL
counts() {                               # what it printed: complaints, then right and wrong
    grep -v '^[0-9]*	[0-9]*$' "$1"
    set -- $(tail -n 1 "$1")
    passed=$((passed + ${1:-0})) failed=$((failed + ${2:-1}))
}

"$ops" run strings.ops --answers answers.csv --jobs 1 --yes >run 2>&1 || bad "the run failed: $(head -c 300 run)"
"$ops" show --all --json strings.ops >shown
"$ops" rejected --csv strings.ops >rejected
lua5.4 strings.lua check "$ops" >checked 2>&1; counts checked
[ "$how" = full ] || few=few
lua5.4 strings.lua type "$ops" "$few" >typed 2>&1; counts typed
"$ops" verify strings.ops | grep -q unchanged && ok || bad "the history does not verify"

# One megabyte: kept, computed with, given back; as an argument of a command it is too long, and that is said.
mv big.csv rows.csv; rm -rf .ops out/*
"$ops" run strings.ops --yes >run 2>&1
"$ops" show 1 -f strings.ops >shown
grep -q "longer than the system allows" shown && ok || bad "a megabyte as an argument: $(tail -c 300 shown)"
"$ops" skip 1 --because test -f strings.ops >/dev/null 2>&1
"$ops" show 1 --json -f strings.ops | lua5.4 -e '
    local t, big = io.read("a"), io.open("big"):read("a"):gsub("\n", "\\n")
    os.exit(t:find("\"s\":\"" .. big .. "\"", 1, true) and t:find("\"back\":\"" .. big .. "\"", 1, true) and 0 or 1)' &&
    ok || bad "a megabyte came out otherwise"

# What is no text is refused, and nothing is kept.
refused() { "$@" >out/refused 2>&1; code=$?; [ $code = 65 ] || [ $code = 64 ] && ok || bad "not refused ($code): $*: $(head -c 200 out/refused)"; }
for bytes in '\377' '\303' 'a\300\257b' '\355\240\200' '\364\220\200\200'; do
    s=$(printf "$bytes")
    refused "$ops" start Given id=x "s=$s" -f strings.ops
    refused "$ops" signal told id=x "s=$s" -f strings.ops
    refused "$ops" -c "length(\"$s\")" strings.ops
    printf 'id,s\n7,"%b"\n' "$bytes" >rows.csv
    "$ops" run strings.ops --yes >run 2>&1
    "$ops" rejected strings.ops | grep -q UTF-8 && ok || bad "a row that is no UTF-8: $(head -c 200 run)"
done
printf 'id,s\n8,"a\000b"\n' >rows.csv
"$ops" run strings.ops --yes >run 2>&1
"$ops" rejected strings.ops | grep -q NUL && ok || bad "a row with a NUL: $("$ops" rejected strings.ops | head -c 300)"
finish strings
