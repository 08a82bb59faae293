-- plain.lua -- `ops show --all --json` without what may differ between a run and its repetition:
-- times, attempts, hashes, and the numbers of cases. One line a case, sorted.
local text = io.read("a")
for _, name in ipairs { "at", "recorded", "due", "hash", "started", "ended" } do
    text = text:gsub('"' .. name .. '":"[^"]*",?', ""):gsub('"' .. name .. '":null,?', "")
end
text = text:gsub('"attempt":%d+,?', ""):gsub('"case":%d+,', "")
local cases = {}
for case in text:gmatch('{"process".-%]}') do cases[#cases + 1] = case end
table.sort(cases)
print(table.concat(cases, "\n"))
