#!/bin/sh
# setup.sh [tools] -- makes sure that what the build (and with `tools` the tests) needs is there:
# installs missing Debian packages where it may, else names them and stops.
set -u
need="flex bison pkg-config liblua5.4-dev libsqlite3-dev libreadline-dev libutf8proc-dev libsodium-dev libcurl4-openssl-dev tzdata"
[ "${1:-}" = tools ] && need="$need libcmocka-dev lua5.4 strace sqlite3 openssl"
[ "${CI:-}" = true ] && need="$need clang libclang-rt-14-dev"
missing=
for package in $need; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
[ -z "$missing" ] && exit 0
if ! command -v apt-get >/dev/null; then
    echo "setup: please install:$missing" >&2
    exit 69
fi
if [ "$(id -u)" = 0 ]; then sudo=; elif sudo -n true 2>/dev/null; then sudo="sudo -n"; else
    echo "setup: these packages are missing:$missing" >&2
    echo "setup: install them with: sudo apt-get install$missing" >&2
    exit 69
fi
echo "setup: installing$missing"
log=$(mktemp) || exit 73
trap 'rm -f "$log"' EXIT
$sudo apt-get update -q >"$log" 2>&1
DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -q --no-install-recommends $missing >>"$log" 2>&1 || {
    tail -n 8 "$log" >&2
    echo "setup: could not install:$missing" >&2
    exit 69
}
