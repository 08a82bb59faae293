#!/bin/sh
# disk.sh OPS sample|full -- a full or failing disk stops ops cleanly, and it goes on when there is room.
#
# 1. no room at the n-th write of the store, once and from then on; an error at the n-th wait for the disk:
#    it stops in words with 74 (or never noticed, where SQLite says that nothing is lost), the next run ends
#    as an undisturbed one
# 2. a real disk that is too small, and grows bit by bit
. "$(dirname "$0")/common"
. "$here/once"

fresh "$here/small"
reference small.ops "$work/small.ref"
[ "$(grep -c . "$work/small.ref")" -ge 9 ] || bad "the undisturbed run is no reference: $(head -c 300 "$work/out")"

judge() { same small.ops "$1" "$work/small.ref"; }
# Fails the n-th of some calls with an error, n = 1, 1 + step ...; `+` also all behind it.
sweep() {
    calls=$1 error=$2 more=$3 step=$4 n=1
    begin_sweep
    while :; do
        anew
        strace -qq $fixed -o "$work/trace" -e trace="$calls" -e inject="$calls:error=$error:when=$n$more" \
            "$ops" run small.ops --answers answers.csv --jobs 1 --json >"$work/out" 2>&1
        code=$?
        grep -q INJECTED "$work/trace" || break
        if [ $code = 74 ] && ! grep -q '^ops: .*store' "$work/out"; then bad "$error at $calls $n$more: stopped without a word"
        elif [ $code != 74 ] && [ $code != 0 ]; then bad "$error at $calls $n$more: exit $code: $(head -c 200 "$work/out")"
        elif [ ! -e .ops/store.db ] && [ $code = 0 ]; then bad "$error at $calls $n$more: no store, and no error"
        else judge_once judge "$error at $calls $n$more"
        fi
        n=$((n + step))
    done
    [ $n -gt 1 ] || bad "there was no $calls to fail: strace does not work here"
}

few=1 many=1
[ "$how" = full ] || few=20 many=260
sweep pwrite64 ENOSPC "" $many
sweep pwrite64 ENOSPC + $many
sweep pwrite64 EIO + $many
sweep fdatasync EIO "" $few
sweep fdatasync EIO + $few
sweep ftruncate ENOSPC + 1

# A disk of so many KB, where root may make one: each time it is full, a little room is made.
if [ "$(id -u)" = 0 ] && mkdir "$work/disk" && mount -t tmpfs -o size=200k tmpfs "$work/disk" 2>/dev/null; then
    rows=200
    [ "$how" = full ] && rows=2000
    fresh "$here/small"
    seq $rows | awk 'BEGIN { print "id,n" } { print "r" $1 "," $1 }' >in.csv
    reference small.ops "$work/disk.ref"
    rm -rf .ops effects.txt day2
    size=200 full=0
    export OPS_STORE="$work/disk/store.db"
    while run small.ops; code=$?; [ $code != 0 ] && [ $code != 1 ]; do      # 1: a command whose result found no room is an incident
        [ $code = 74 ] || [ $code = 73 ] || { bad "a disk of $size KB: exit $code: $(head -c 200 "$work/out")"; break; }
        grep -q 'no room' "$work/out" || { bad "a disk of $size KB: it was not said that there is no room: $(head -c 200 "$work/out")"; break; }
        full=$((full + 1)) size=$((size + size / 3))
        [ $size -lt 1000000 ] || { bad "it never had enough room"; break; }
        mount -o remount,size=${size}k "$work/disk"
    done
    [ $full -ge 3 ] && ok || bad "the disk was full only $full times"
    mount -o remount,size=$((size * 2))k "$work/disk"       # what it could just hold leaves none for the next run
    same small.ops "a disk that was full $full times" "$work/disk.ref"
    unset OPS_STORE
    cd / && umount "$work/disk"
fi

finish disk
