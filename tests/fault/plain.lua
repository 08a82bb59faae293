-- plain.lua -- `ops show --all --json` without what may differ between a run and its repetition: times,
-- attempts, hashes, the numbers of cases, and whether a step waited for its turn. One line a case, sorted.
--
-- `plain.lua REF GOT` compares two such texts: the same cases with the same events; of a case with an
-- incident only the same end. Prints what differs, and exits with 1 then.
local function plain(text)
    for _, name in ipairs { "at", "recorded", "due", "hash", "started", "ended" } do
        text = text:gsub('"' .. name .. '":"[^"]*",?', ""):gsub('"' .. name .. '":null,?', "")
    end
    text = text:gsub('"attempt":%d+,?', ""):gsub('"case":%d+,', "")
    local cases = {}
    for case in text:gmatch('{"process".-%]}') do
        case = case:gsub('{"kind":"ready"[^{}]*{}[^{}]*},?', "")
        if case:find('"kind":"incident"', 1, true) then case = case:gsub('"events":.*', '"incident"') end
        cases[#cases + 1] = case
    end
    table.sort(cases)
    return table.concat(cases, "\n")
end

local function lines(name)
    local all = {}
    for line in io.lines(name) do all[#all + 1] = line end
    return all
end

local function compare(ref, got)
    local left, bad = lines(ref), {}
    for _, case in ipairs(lines(got)) do
        local head, at = case:match('^(.*)"incident"$'), nil
        for i, wanted in ipairs(left) do
            if wanted == case or (head and wanted:sub(1, #head) == head) then at = i break end
        end
        if at then table.remove(left, at) else bad[#bad + 1] = "> " .. case end
    end
    for _, case in ipairs(left) do bad[#bad + 1] = "< " .. case end
    if #bad > 0 then print(table.concat(bad, "\n")) os.exit(1) end
end

if arg[2] then compare(arg[1], arg[2]) else print(plain(io.read("a"))) end
