-- plain.lua -- `ops show --all --json` without what may differ between a run and its repetition: times,
-- attempts, hashes and numbers, of acts too; branches that run at the same time each by itself. One line a case, sorted.
--
-- `plain.lua REF GOT` compares two such texts: the same cases with the same events; of a case with an
-- incident only the same end. Prints what differs, and exits with 1 then.

-- The branch that each event belongs to: told by the numbers of activities, named without them.
local function branches(events)
    local around, name, lists, order = {}, {[0] = ""}, {}, {}
    local function branch_of(act)
        while not name[act] do act = around[act] end
        return name[act]
    end
    for event in events:gmatch("%b{}") do
        local act, inside = tonumber(event:match('"act":(%d+)')), tonumber(event:match('"in":(%d+)') or 0)
        if act and not around[act] then around[act] = inside end
        local kind, step, n = event:match('"kind":"(%w+)","step":([^,]*).-"n":(%d+)')
        if kind == "branched" then name[act] = branch_of(inside) .. "/" .. step .. " " .. n end
        local branch = name[act] or branch_of(inside)
        if not lists[branch] then
            lists[branch] = {}
            order[#order + 1] = branch
        end
        event = event:gsub('"act":%d+,', ""):gsub('"in":%d+,', "")
        table.insert(lists[branch], event)
    end
    table.sort(order)
    for i, branch in ipairs(order) do order[i] = branch .. table.concat(lists[branch]) end
    return table.concat(order, "\t")
end

local function plain(text)
    for _, name in ipairs { "at", "recorded", "due", "hash", "started", "ended" } do
        text = text:gsub('"' .. name .. '":"[^"]*",?', ""):gsub('"' .. name .. '":null,?', "")
    end
    text = text:gsub('"attempt":%d+,?', ""):gsub('"case":%d+,', ""):gsub('("%$cause":"%a+)[ %d]+', "%1")
    local cases = {}
    for head, events in text:gmatch('({"process".-"events":)(%b[])}') do
        local told = events:find('"kind":"incident"', 1, true) and '"incident"' or branches(events)
        cases[#cases + 1] = head .. told
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
