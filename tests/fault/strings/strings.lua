-- strings.lua make | check | type OPS [few] -- the nastiest strings, and whether they are still what they were.
local E = "\27"
local strings = {
    "'", '"', "''", '""', "'\"'", "it's", 'say "hi"', "`id`", "$(id)", "$((1+1))", "${HOME}", "$HOME", "$1", "$@", "$$", "$",
    "\\", "\\\\", "\\n", "\\'", '\\"', "\\$", "\\0", "a\\", "%s", "%n%n%n", "%", "%%", "-", "--", "-n", "-e x", "--help",
    "-rf /", "--as=mia", ";", "; rm -rf x", "&&", "| cat", "> out/owned", "< /etc/passwd", "a & b", "(", ")", "()", "{ :; }",
    "*", "?", "[a-z]*", "~", "~root", "!", "!!", "#", "# no comment", "=", "a=b", "s=x", "id=9", ",", "a,b", "a;b", "a\tb",
    "a\nb", "\na", "a\n\nb", "a\r\nb", "a\rb", "a\nBcc: all@example.org", "a\r\nBcc: all@example.org\r\n\r\nx", ".", "..", "../../x",
    "/", "//", "\n.\n", "From x", "<b>", "&amp;", "]]>", "<!--", "'; DROP TABLE events; --", "\" OR \"\"=\"", "{\"a\":1}", "[1,2]",
    "null", "none", "yes", "no", "0", "007", "1e9", "NaN", "2026-12-25", "$40", "5%", "lua { }", "${row.s}", "#{x}", "{{x}}",
    "\1\2\3", "\8\12\11", E .. "[31mred", E .. "]0;title\7", "\127", "é", "Zoë Groß", "e\u{301}", "\u{FEFF}bom", "\u{200B}", "\u{202E}rtl",
    "\u{2028}", "\u{FFFD}", "\u{10FFFF}", "日本語", "👩‍👩‍👧", "ﷺ", ("x"):rep(1000), ("a b "):rep(500) .. "c", ("'"):rep(300), ("\n"):rep(50) .. "x",
}
local big = (("0123456789 "):rep(100) .. "\n"):rep(953)   -- 1 MB
local mode, ops, few = ...
local function path(i, what) return string.format("%s/%d", what, i) end
local function write(name, text) local f = assert(io.open(name, "wb")); f:write(text); f:close() end
local function read(name) local f = io.open(name, "rb"); if not f then return nil end; local t = f:read("a"); f:close(); return t end
local function cell(s) return '"' .. s:gsub('"', '""') .. '"' end
local function json(s)
    return '"' .. s:gsub('[%c"\\]', function(c) return string.format("\\u%04x", c:byte()) end) .. '"'
end
local function shown(s) return string.format("%q", s:sub(1, 80)) end
local wrong, right = 0, 0
local function same(what, i, got, wanted)
    if got == wanted then right = right + 1; return end
    wrong = wrong + 1
    if wrong <= 10 then
        print(string.format("fault: %s of string %d: %s, wanted %s", what, i, got and shown(got) or "nothing", shown(wanted)))
    end
end

-- ---- making ----------------------------------------------------------------------------------
if mode == "make" then
    local rows, words, bad, answers = { "id,s" }, { "id,s" }, { "id,s,n" }, { "process,key,step,person,time,said" }
    for i, s in ipairs(strings) do
        write(path(i, "json"), '{"read":' .. json(s) .. ',"twice":[' .. json(s) .. "," .. json(s) .. "]}")
        rows[#rows + 1] = i .. "," .. cell(s)
        words[#words + 1] = i .. "," .. cell(s)
        bad[#bad + 1] = i .. "," .. cell(s) .. ",x"
        answers[#answers + 1] = "Main," .. i .. ",Ask,ann,," .. cell(s)
    end
    write("rows.csv", table.concat(rows, "\n") .. "\n")
    write("words.csv", table.concat(words, "\r\n") .. "\r\n")
    write("bad.csv", table.concat(bad, "\n") .. "\n")
    write("answers.csv", table.concat(answers, "\n") .. "\n")
    write("big.csv", "id,s\n1," .. cell(big) .. "\n")
    write("big", big)
    return
end

-- ---- reading what ops prints -------------------------------------------------------------------
local function parse(t)
    local at = 1
    local value
    local escapes = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t" }
    local function text()
        local parts = {}
        at = at + 1
        while true do
            local plain = t:match('^[^"\\]*', at)
            parts[#parts + 1], at = plain, at + #plain
            if t:sub(at, at) == '"' then at = at + 1; return table.concat(parts) end
            local c = t:sub(at + 1, at + 1)
            if c == "u" then parts[#parts + 1], at = utf8.char(tonumber(t:sub(at + 2, at + 5), 16)), at + 6
            else parts[#parts + 1], at = escapes[c] or c, at + 2 end
        end
    end
    local function many(close, one)
        local out = {}
        at = at + 1
        while t:sub(at, at) ~= close do one(out); if t:sub(at, at) == "," then at = at + 1 end end
        at = at + 1
        return out
    end
    value = function()
        local c = t:sub(at, at)
        if c == '"' then return text() end
        if c == "[" then return many("]", function(out) out[#out + 1] = value() end) end
        if c == "{" then return many("}", function(out) local k = text(); at = at + 1; out[k] = value() end) end
        local word = t:match("^[%w.+-]+", at)
        at = at + #word
        return word
    end
    return value()
end

local function records(t)              -- CSV
    local out, row, at = {}, {}, 1
    while at <= #t do
        local c
        if t:sub(at, at) == '"' then
            local parts = {}
            repeat
                local stop = t:find('"', at + 1, true)
                parts[#parts + 1], at = t:sub(at + 1, stop - 1), stop + 1
            until t:sub(at, at) ~= '"'
            c = table.concat(parts, '"')
        else c = t:match("^[^,\r\n]*", at); at = at + #c end
        row[#row + 1] = c
        local ends = t:match("^\r?\n", at)
        if ends or at > #t then out[#out + 1], row = row, {} end
        at = at + (ends and #ends or 1)
    end
    return out
end

local function quote(s) return "'" .. s:gsub("'", "'\\''") .. "'" end
local function run(...)
    local words = { quote(ops) }
    for _, w in ipairs { ... } do words[#words + 1] = quote(w) end
    local p = io.popen(table.concat(words, " ") .. " 2>&1", "r")
    local out = p:read("a")
    return out, select(3, p:close())
end

-- ---- checking ------------------------------------------------------------------------------------
if mode == "check" then
    local cases = {}
    for line in read("shown"):gmatch("[^\n]+") do
        local c = parse(line)
        for _, one in ipairs(c.cases or { c }) do
            if one.process == "Main" then cases[tonumber(one.key)] = one end
        end
    end
    local rejected = records(read("rejected"))
    for i, s in ipairs(strings) do
        for _, what in ipairs { "argument", "quoted", "answer", "event" } do same(what, i, read("out/" .. i .. "." .. what), s) end
        local c = cases[i] or { values = {} }
        local v = c.values
        same("row", i, v.row and v.row.s, s)
        for _, name in ipairs { "back", "read", "found", "said" } do same(name, i, v[name], s) end
        same("list", i, v.all and v.all[1], s)
        same("list of JSON", i, v.twice and v.twice[2], s)
        same("bytes", i, v.bytes, tostring(#s))
        same("rejected", i, rejected[i + 1] and rejected[i + 1][2], s)
    end
    local mails = {}
    for head, body in (read("sent") .. ""):gmatch("(.-)\n\n(.-)\n%-%-%-%-the end%-%-%-%-\n") do mails[#mails + 1] = { head, body } end
    same("mails", 0, tostring(#mails), tostring(#strings))
    local bodies = {}
    for i, m in ipairs(mails) do
        local unfolded = m[1]:gsub("\r", ""):gsub("\n[ \t]", " ")
        for line in unfolded:gmatch("[^\n]+") do
            local name = line:match("^([%w-]+):")
            if not name or name == "Bcc" then same("header of a mail", i, line, "a header of ours") end
        end
        local body = m[2]:gsub("\r", ""):gsub("=\n", ""):gsub("=(%x%x)", function(h) return string.char(tonumber(h, 16)) end)
        bodies[body:match("Text: (.*)|") or "?"] = true
    end
    for i, s in ipairs(strings) do same("mail", i, bodies[s:gsub("\r\n", "\n"):gsub("\r", "\n")] and "there" or bodies[s] and "there" or "not there", "there") end
end

if mode == "type" then
    for i = 1, #strings, few == "few" and 12 or 1 do
        local s, id = strings[i], tostring(i)
        run("start", "Given", "id=" .. id, "s=" .. s, "-f", "strings.ops")
        same("start", i, read("out/" .. id .. ".start"), s)
        local tasks = parse((run("tasks", "--json", "strings.ops")))
        local task = tasks.tasks[#tasks.tasks]
        run("done", task and task.task or task.number or "0", "said=" .. s, "--as", "ann", "-f", "strings.ops")
        same("done", i, read("out/" .. id .. ".done"), s)
        run("signal", "told", "id=s" .. id, "s=" .. s, "-f", "strings.ops")
        same("signal", i, read("out/s" .. id .. ".event"), s)
        if not s:find("[\n\r%c\u{202E}]") then
            local text = '"' .. s:gsub("[\\\"]", "\\%0"):gsub("%$", "$$") .. '"'
            same("prompt", i, (run("-c", "length(" .. text .. ")", "strings.ops")):gsub("\n", ""), tostring(utf8.len(s)))
            same("where", i, (run("-c", "count(Main where row.s is " .. text .. ", all time)", "strings.ops")):gsub("\n", ""), "1")
        end
    end
end
print(right, wrong)
