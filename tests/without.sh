#!/bin/sh
# without.sh OPS -- ops that was built without libcurl does all but what needs it, and says so of that; and where
# pkg-config does not find it, make builds that ops.
ops=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
cd "$(dirname "$0")/.." || exit 70
top=$PWD
work=$(mktemp -d) || exit 70
trap 'rm -rf "$work"' EXIT
passed=0 failed=0
expect() {                                # WHAT FOUND WANTED
    if [ "$2" = "$3" ]; then passed=$((passed + 1)); return; fi
    failed=$((failed + 1))
    printf 'FAILED without libcurl: %s\n    wanted %s\n    found  %s\n' "$1" "$3" "$2"
}
# Lines of a history that a block printed.
printed() { "$ops" show "$1" -f shop.ops | sed -n 's/.*| //p'; }

cd "$work" || exit 70
export OPS_NOW=2026-11-23T09:00:00Z TZ=UTC LC_ALL=C.UTF-8 OPS_LUA_UNFILTERED=known OPS_MAIL_FROM=shop@studio.example
cat >shop.ops <<'OPS'
allow http "localhost:9"
process Ask < step A < how lua { print(select(2, pcall(http.get, "http://localhost:9/"))) } > >
process Tell <
    step A < how lua { print(select(2, pcall(mail.send, {to = "zoe@example.org", subject = "x", body = "y"}))) } >
>
test "a test answers, as ever" <
    given http "GET http://localhost:9/" answers "fine"
    start Ask
    expect finished
>
OPS
needs() { echo "this ops was built without libcurl, which $1 needs: install libcurl4-openssl-dev and build it anew"; }
"$ops" start -f shop.ops Ask >/dev/null
expect "a request" "$(printed 1)" "http.get: $(needs http)"
OPS_MAIL=smtp://localhost:9 "$ops" start -f shop.ops Tell >/dev/null
expect "a mail by a server" "$(printed 2)" "mail.send: exit status 1: $(needs 'mail by a server')"
printf '#!/bin/sh\ncat >sent\n' >send && chmod +x send
OPS_MAIL=$work/send "$ops" start -f shop.ops Tell >/dev/null
expect "a mail by a program" "$(grep -c '^Subject: x' sent)" 1
expect "a test" "$("$ops" test shop.ops | tail -n 1)" "shop.ops: 1 test: 1 passed"
expect "what names the library" "$(grep -c 'libcurl\.so' "$ops")" 0

# pkg-config that knows all but this one.
mkdir bin
printf '#!/bin/sh\ncase "$*" in *--exists*libcurl*) exit 1 ;; esac\nexec %s "$@"\n' "$(command -v pkg-config)" >bin/pkg-config
chmod +x bin/pkg-config
MAKEFLAGS= PATH=$work/bin:$PATH make -C "$top" -n BUILD="$work/build" >plan 2>&1
expect "make says it" "$(grep -c '^libcurl is not there (libcurl4-openssl-dev): built without' plan)" 1
expect "what stands for it is built" "$(grep -c 'runtime/without_libcurl\.c$' plan)" 1
expect "what needs it is not" "$(grep -c 'runtime/\(libcurl\|smtp\|http_send\)\.c$' plan)" 0
echo "without libcurl: $passed passed, $failed failed"
[ "$failed" = 0 ]
