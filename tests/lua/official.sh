#!/bin/sh
# official.sh OPS DIR [FILE...] -- Lua's own tests (lua.org/tests, for the version that ops is built with) in the sandbox.
#
# They are no part of this project: DIR is where they were unpacked. Each file runs in a block of a case, and beside it
# in stock Lua, without the passages that official.txt names: what those try is forbidden on purpose, and the reason
# stands there. What helps a test alone gets a stand-in, in both: _G, collectgarbage, require, os.clock, a silent print.
[ $# -ge 2 ] && [ -d "$2" ] || { echo "official.sh: make lua-tests LUA_TESTS=DIR, where Lua's own tests lie" >&2; exit 64; }
ops=$(cd "$(dirname "$1")" && pwd)/$(basename "$1") from=$(cd "$2" && pwd)
shift 2
leave=$(cd "$(dirname "$0")" && pwd)/official.txt
work=$(mktemp -d) || exit 70
trap 'rm -rf "$work"' EXIT
cd "$work" && mkdir tests || exit 70
[ $# -gt 0 ] || set -- goto closure calls events errors strings pm tpack math sort nextvar utf8
stand_ins='_G = _ENV collectgarbage = function() return 0 end require = function(n) return _ENV[n] end print = function() end os = os or {clock = function() return 0 end} '
cat >try.ops <<'OPS'
allow file "tests/" read
process Try <
    takes name text
    step A <
        how lua {
            local f, why = load(file.read("tests/" .. name), "@" .. name)
            if not f then return why end
            local ok, what = pcall(f)
            return ok and "passed" or type(what) == "string" and what or "it threw a " .. type(what)
        }
        gives said text
    >
    stop "${said}"
>
OPS

# Without the passages, whose lines stay, empty: so a line's number is that of the file. What is not found is told.
without() {
    awk -v file="$1" -v found="$work/found" '
        function holds(what) { return what ~ /^=/ ? $0 == substr(what, 2) : index($0, what) }
        FILENAME != ARGV[2] {
            if (split($0, part, " *\\| *") >= 4 && part[1] == file) { n++; first[n] = part[2]; last[n] = part[3]; why[n] = part[4] }
            next
        }
        inside && last[inside] != "" && holds(last[inside]) { inside = 0 }
        !inside { for (i = 1; i <= n; i++) if (!seen[i] && holds(first[i])) { seen[i] = FNR; inside = i; break } }
        inside { print ""; lines[inside]++; if (last[inside] == "") inside = 0; next }
        { print }
        END {
            for (i = 1; i <= n; i++)
                if (seen[i]) printf "    without %d%s: %s\n", seen[i], (lines[i] > 1 ? "-" seen[i] + lines[i] - 1 : ""), why[i] >found
                else printf "    not there: %s\n", first[i] >found
        }' "$leave" "$from/$1"
}

ends=0
for name; do
    name=${name%.lua}.lua
    [ -e "$from/$name" ] || { echo "$name: not there"; ends=1; continue; }
    : >found
    { printf '%s' "$stand_ins"; without "$name"; } >"tests/$name" || exit 70
    stock=$(lua5.4 "tests/$name" 2>&1 >/dev/null) && stock=passed || stock=$(echo "$stock" | sed -n '1s/^lua5.4: //p')
    here=$(OPS_LUA_UNFILTERED=known "$ops" start -f try.ops Try name="$name" 2>&1 |
           sed -n 's/^Started\. Case [0-9]* of Try is finished: \(.*\)\.$/\1/p; s/^Incident at "A": //p')
    if [ "$here" = passed ]; then echo "$name: passed"; else echo "$name: stopped: $here"; ends=1; fi
    [ "$stock" = passed ] || echo "    stock Lua stops, too: $stock"
    cat found
done
exit $ends
