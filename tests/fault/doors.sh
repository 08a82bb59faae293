#!/bin/sh
# doors.sh OPS sample|full -- what people do by a command is done whole or not at all, wherever it is killed or fails.
#
# accept, correct, redo, skip, migrate, away, allow-as, attest, signal, claim, backup, import and mails: SIGKILL, EIO and ENOSPC at
# the n-th call of each file-changing system call. Then the store is whole, as it was before or as it is afterwards, and
# the same command, given again, brings it to the same end.
. "$(dirname "$0")/common"
. "$here/doors/common"

# A word on the way out: what was wrong, and the code of it.
spoke() {
    case $code in
    0 | 1 | 137) ;;
    73 | 74) grep -q '^ops: .' "$work/out" || bad "$1: stopped without a word" ;;
    *) bad "$1: exit $code: $(head -c 200 "$work/out")" ;;
    esac
}
# Stops the command at the n-th of some calls, n = 1, 1 + step ...
sweep() {
    judge=$1 calls=$2 how_=$3 step=$4 n=1
    while :; do
        begin
        [ "$judge" = judge_copy ] && mkdir -p new
        eval "strace -qq -o \"$work/trace\" -e trace=$calls -e inject=$calls:$how_:when=$n \"$ops\" $command" >"$work/out" 2>&1
        code=$?
        grep -q 'INJECTED\|killed by' "$work/trace" || break
        stopped=$((stopped + 1))
        spoke "$command, $how_ at $calls $n"
        $judge "$command, $how_ at $calls $n"
        n=$((n + step))
    done
}
# Every fault at every so-manyth call.
storm() {
    judge=$1 few=$2 many=$3
    for calls in pwrite64 fdatasync openat fsync unlink ftruncate; do
        [ $calls = pwrite64 ] && every=$many || every=$few
        sweep "$judge" $calls signal=KILL $every
        [ $calls = unlink ] || [ $calls = openat ] || sweep "$judge" $calls error=EIO $every
        [ $calls = pwrite64 ] && sweep "$judge" $calls error=ENOSPC $every
    done
    sweep "$judge" rename,renameat2 signal=KILL 1
}

stopped=0 partly=no few=1 many=1
[ "$how" = full ] || few=20 many=70
for command in \
    'accept order.ops --as ann --because "as agreed"' \
    'correct 1 Pack weight=9 --because typo --as ann --file order.ops' \
    'redo 1 Pack --because "the box was wet" --as ann --file order.ops' \
    'skip 3 Pack weight=9 --because "it is packed" --as ann --file order.ops' \
    'migrate --file next.ops --because "a new one"' \
    'away ann until 2026-12-01 --to bob --file order.ops' \
    'allow-as bob ann --file order.ops' \
    'attest "The doors are shut" --as ann --file order.ops' \
    'signal paid item=chair --file order.ops' \
    'claim 3 --as ann --file order.ops'; do
    case $command in migrate*) partly=yes ;; *) partly=no ;; esac       # each case by itself
    after
    storm judge_store $few $many
done
[ "$how" = full ] || few=120 many=500
command='backup new/copy.db --store .ops/store.db'
storm judge_copy $few $many
command='import lines --store new/copy.db'
storm judge_copy $few $many

# Mails: what the history holds was sent once; what is in doubt waits for a person, or may be repeated.
fresh "$doors"
"$ops" start Write n=1 --file mail.ops >/dev/null
plain mail.ops >"$work/mail.ref"
mails() { grep -ci '^Message-ID' sent.txt 2>/dev/null || true; }
[ "$(mails)" = 2 ] || bad "the undisturbed mails are no reference: $(mails)"
[ "$how" = full ] && every=1 || every=25
for call in pwrite64 fdatasync; do
    for fault in signal=KILL error=EIO; do
        n=1
        while :; do
            fresh "$doors"
            strace -qq -o "$work/trace" -e trace=$call -e inject=$call:$fault:when=$n \
                "$ops" start Write n=1 --file mail.ops >"$work/out" 2>&1
            grep -q 'INJECTED\|killed by' "$work/trace" || break
            stopped=$((stopped + 1))
            "$ops" cases --all mail.ops 2>/dev/null | grep -q Write || "$ops" start Write n=1 --file mail.ops >/dev/null 2>&1
            first=$(grep -c '^To: .*zoe' sent.txt 2>/dev/null)
            [ "${first:-0}" -le 1 ] || bad "a mail that may not be repeated was sent twice, $fault at $call $n"
            same_now mail.ops "a mail, $fault at $call $n" "$work/mail.ref"
            n=$((n + every))
        done
    done
done
[ $stopped -gt 40 ] || bad "there was little to stop ($stopped): strace does not work here"
finish doors
