#!/bin/sh
# store.sh OPS sample|full -- a damaged store is refused in words and left as it is, or found out by `ops verify`.
#
# 1. one byte turned over, all over the file: no command crashes; what refuses the store does not touch it;
#    and where all goes well, what the store tells is the truth, or verify says that it was changed
# 2. the file cut short, and lengthened
# 3. beside it: a foreign log, and a store that cannot be read, written, or is taken away meanwhile
. "$(dirname "$0")/common"
chmod 755 "$work"
sum() { cat "$1"/store.db "$1"/store.db-wal "$1"/store.db-journal 2>/dev/null | cksum; }
told() { "$ops" show --all --json --file small.ops --store "$1" 2>/dev/null | lua5.4 "$here/plain.lua" 2>/dev/null; }

fresh "$here/small"
"$ops" run small.ops --answers answers.csv --jobs 1 --quiet >/dev/null 2>&1
cp -r .ops "$work/good"
told "$work/good/store.db" >"$work/ref"
size=$(wc -c <"$work/good/store.db")

# The commands meet the damaged copy: $1 says what was done to it.
judge() {
    for command in "cases --all small.ops" "tick small.ops" "run small.ops --quiet" "verify small.ops"; do
        before=$(sum "$work/bad")
        timeout 60 "$ops" $command --store "$work/bad/store.db" >"$work/out" 2>&1
        code=$?
        case $code in
        0 | 1 | 66 | 73 | 74 | 75 | 78) ;;
        *) bad "store: $1: ops $command exited $code: $(head -c 200 "$work/out")"; return ;;
        esac
        if [ $code -ge 64 ]; then
            [ "$before" = "$(sum "$work/bad")" ] || { bad "store: $1: ops $command refused the store ($code) and changed it"; return; }
            grep -q "^ops: ." "$work/out" || { bad "store: $1: ops $command refused the store without a word"; return; }
        fi
    done
    # verify came last: it found the damage, or there is none that anybody could see.
    if [ $code = 0 ]; then
        told "$work/bad/store.db" >"$work/got"
        cmp -s "$work/ref" "$work/got" || { bad "store: $1: verify is content, and the store tells another story"; return; }
    fi
    ok
}
again() { rm -rf "$work/bad"; cp -r "$work/good" "$work/bad"; }

turns=30
[ "$how" = full ] && turns=3000
i=0
while [ $i -lt $turns ]; do
    # The first hundred bytes one by one, then all over the file, the same ones each time.
    at=$(awk -v i=$i -v n="$turns" -v size="$size" 'BEGIN { if (i < n / 3) print i * (n > 300 ? 1 : 5) % 112; else { srand(i); print int(rand() * size) } }')
    byte=$(od -An -tu1 -j "$at" -N 1 "$work/good/store.db" | tr -d ' ')
    again
    printf "$(printf '\\%03o' $((byte ^ (1 + i * 37 % 255))))" | dd of="$work/bad/store.db" bs=1 seek="$at" conv=notrunc 2>/dev/null
    judge "byte $at"
    i=$((i + 1))
done

for length in 0 1 15 16 99 100 101 4095 4096 4097 8192 $((size / 2)) $((size - 4096)) $((size - 1)); do
    again
    truncate -s "$length" "$work/bad/store.db"
    if [ "$length" = 0 ]; then
        "$ops" cases small.ops --store "$work/bad/store.db" >"$work/out" 2>&1 && bad "store: an empty file was taken for a store" || ok
    else
        judge "cut to $length bytes"
    fi
done
again
head -c 10000 /dev/urandom >>"$work/bad/store.db"
judge "lengthened"
again
head -c 50000 /dev/urandom >"$work/bad/store.db-wal"
judge "a log of something else beside it"

# An unprivileged user, where this one may become one.
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
    as="setpriv --reuid=65534 --regid=65534 --clear-groups"
    cp "$ops" "$work/ops" && chmod 755 "$work/ops"
    chmod 755 "$work/now"
    refused() {                              # what, command ...
        what=$1; shift
        before=$(sum "$work/bad")
        $as "$work/ops" "$@" --store "$work/bad/store.db" >"$work/out" 2>&1
        code=$?
        { [ $code = 73 ] || [ $code = 74 ]; } && grep -q "^ops: .*store" "$work/out" || { bad "store: $what: exit $code: $(head -c 200 "$work/out")"; return; }
        [ "$before" = "$(sum "$work/bad")" ] && [ "$(ls "$work/bad" | wc -l)" = "$files" ] || { bad "store: $what: it was touched"; return; }
        ok
    }
    again; files=$(ls "$work/bad" | wc -l)
    refused "a folder of another" cases small.ops
    refused "a folder of another" run small.ops
    chmod 755 "$work/bad"
    refused "a file of another" cases small.ops
    refused "a file of another" run small.ops
    chmod 644 "$work/bad/store.db"
    refused "a file that may only be read" run small.ops
    $as "$work/ops" cases --all small.ops --store "$work/bad/store.db" >"$work/out" 2>&1 && grep -q Take "$work/out" && ok || bad "store: a store that may be read was not: $(head -c 200 "$work/out")"
    chmod 666 "$work/bad/store.db"
    refused "a folder that may not be written" run small.ops
fi

# A read-only file system.
if [ "$(id -u)" = 0 ] && mkdir "$work/disk" && mount -t tmpfs -o size=4m tmpfs "$work/disk" 2>/dev/null; then
    cp "$work/good/store.db" "$work/disk/" && mount -o remount,ro "$work/disk"
    "$ops" cases --all small.ops --store "$work/disk/store.db" >"$work/out" 2>&1 && grep -q Take "$work/out" && ok || bad "store: read-only: $(head -c 200 "$work/out")"
    "$ops" run small.ops --store "$work/disk/store.db" >"$work/out" 2>&1
    [ $? = 73 ] && ok || bad "store: read-only, run: $(head -c 200 "$work/out")"
    umount "$work/disk"
fi

# Taken away while it runs: an end in words, and no new store in its place with half a story.
again
echo 'process P < step S < how shell "sleep 0.5"; repeatable > step T < how shell "true"; repeatable > stop "x" >' >p.ops
"$ops" start P --file p.ops --store "$work/bad/store.db" >"$work/out" 2>&1 &
pid=$!
sleep 0.2
rm -f "$work/bad"/store.db*
wait $pid
code=$?
{ [ $code = 0 ] || [ $code = 74 ]; } && ok || bad "store: the store was taken away, and ops exited $code: $(head -c 200 "$work/out")"

finish store
