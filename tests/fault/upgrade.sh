#!/bin/sh
# upgrade.sh OPS sample|full -- a store or an archive of an older version is brought up to date whole, or not at all.
#
# The first command that opens one is killed, or a call of it fails, at the n-th file-changing system call, n = 1, 2,
# 3 ... After each, the store and its archive are each what they were, or what an undisturbed upgrade makes of them:
# tables, rows and all; and the next command ends it, to the same history, under the head that was kept.
. "$(dirname "$0")/common"
old=$(cd "$here/../runtime" && pwd)
rm -rf "$work/now" && mkdir "$work/now" && cd "$work/now" || exit 70

# What lies in a file, row by row: as whoever opens it next finds it, with what a log beside it says. Before version 5
# an upgrade begins the store's own history, with the time of the day: that, and its hashes, are left out.
peek() {
    rm -rf "$work/peek" && cp -r .ops "$work/peek"
    {
        sqlite3 "$work/peek/$1" 'PRAGMA integrity_check; PRAGMA user_version'
        sqlite3 "$work/peek/$1" .dump | sed -E '
            /INTO events VALUES\([0-9]+,23,/s/,[0-9]{16},[0-9]{16},([0-9]+),X.[0-9a-f]+.,/,\1,/
            /INTO events VALUES\([0-9]+,23,/s/"at":[0-9]+,"recorded":[0-9]+//
            /INTO heads VALUES\(23,/s/X.*//'
    } 2>&1
}
begin() {
    rm -rf .ops && mkdir -m 700 .ops && cp "$store" .ops/store.db || exit 70
    [ -z "$archive" ] || cp "$archive" .ops/store.db.archive || exit 70
    chmod 600 .ops/*
}
told() {
    { "$ops" verify ${head:+--head "$head"} --store .ops/store.db | sed "$without"
      "$ops" show --all --json --file input.ops --store .ops/store.db; } 2>&1
}
judge() {
    before=$failed
    for file in $files; do
        peek $file >"$work/got"
        cmp -s "$work/$file.old" "$work/got" || cmp -s "$work/$file.new" "$work/got" ||
            bad "$1: $file is neither old nor new: $(diff "$work/$file.new" "$work/got" | head -n 2 | cut -c1-150)"
    done
    told >"$work/got"
    cmp -s "$work/ref" "$work/got" || bad "$1: then the history is another: $(head -n 1 "$work/got" | cut -c1-150)"
    for file in $files; do
        peek $file >"$work/got"
        cmp -s "$work/$file.new" "$work/got" || bad "$1: the next command did not bring $file up to date"
    done
    [ $failed = $before ] && ok
}
sweep() {                                # calls, what happens, how many are left out of each
    n=1
    while :; do
        begin
        strace -qq -o "$work/trace" -e trace="$1" -e inject="$1:$2:when=$n" "$ops" verify --store .ops/store.db >"$work/out" 2>&1
        code=$?
        case $2 in
        signal*) [ $code = 137 ] || break ;;
        *) grep -q INJECTED "$work/trace" || break
            case $code in
            0) ;;
            73 | 74) grep -q '^ops: .*\(store\|archive\)' "$work/out" || bad "$name: $2 at $1 $n: stopped without a word" ;;
            *) bad "$name: $2 at $1 $n: exit $code: $(head -c 150 "$work/out")" ;;
            esac ;;
        esac
        judge "$name: $2 at $1 $n"
        n=$((n + $3))
        met=$((met + 1))
    done
    [ $code = 0 ] || bad "$name: with nothing left to inject it exited $code: $(head -c 150 "$work/out")"
}
upgrade() {                              # name, store, archive, the head that was kept, lines of verify that change
    name=$1 store=$2 archive=$3 head=$4 without=$5 files="store.db ${3:+store.db.archive}"
    begin
    for file in $files; do peek $file >"$work/$file.old"; done
    told >"$work/ref"
    for file in $files; do
        peek $file >"$work/$file.new"
        cmp -s "$work/$file.old" "$work/$file.new" && bad "$name: $file: there is nothing to bring up to date"
    done
    grep -q unchanged "$work/ref" || bad "$name: the undisturbed upgrade is no reference: $(head -c 200 "$work/ref")"
    for call in pwrite64 fdatasync,fsync openat ftruncate unlink; do
        [ $call = pwrite64 ] && step=$many || step=$few
        sweep $call signal=KILL $step
        case $call in openat | unlink) ;; *) sweep $call error=EIO $step ;; esac
        [ $call = pwrite64 ] && sweep $call error=ENOSPC $step
    done
}

met=0 few=1 many=1 versions="1 2 3 4 5 6 7"
[ "$how" = full ] || few=15 many=40 versions=1
cp "$old/old-archive/input.ops" "$old/old-archive/in.csv" .
upgrade "the store of version 6 and its archive" "$old/old-archive/v6.db" "$old/old-archive/v6.db.archive" \
    40e8da12015b5a66e01531d7e23e8589388126b9cecd1299073437113e813514-14:7:39c1.20:7:b590.22:7:9b9d.23:7:fc4d.28:7:6cd9.41:4:4b3e ""
cp "$old/old-stores/input.ops" "$old/old-stores/orders.csv" .
for version in $versions; do
    upgrade "the store of version $version" "$old/old-stores/v$version.db" "" "" '/^head/d'
done
[ $met -gt 20 ] || bad "there was little to disturb ($met): strace does not work here"
finish upgrade
