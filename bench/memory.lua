-- A day in small: pages and answers in turn, every fourth request a scan. Arguments: region, code of the board, holders, run.
local region, code, holders, run, sent

local READ = {"", "windows", "me/card", "me/visits", "cases", "scan", "login", "console/todo/", "api/me", "api/catalogue", "api/visits", "api/windows"}

function init(arguments)
    region, code, holders, run, sent = arguments[1], arguments[2], tonumber(arguments[3]), tonumber(arguments[4]), 0
end

local function scan()
    local body = string.format('{"code": "%s", "nonce": "%08x-0000-4000-8000-%012x", "companions": 0}', code, run, sent)
    return wrk.format("POST", "/" .. region .. "/api/visits",
                      {["Content-Type"] = "application/json", ["Authorization"] = "Bearer token-holder" .. (sent % holders + 1)}, body)
end

function request()
    sent = sent + 1
    if sent % 4 == 0 then return scan() end
    local token = "token-holder" .. (sent % holders + 1)
    local headers = {["Accept"] = "text/html", ["Authorization"] = "Bearer " .. token, ["Cookie"] = "gl_phone=" .. token .. "; gl_desk=token-clerk1"}
    return wrk.format("GET", "/" .. region .. "/" .. READ[sent % #READ + 1], headers)
end

function done(summary)
    local errors = summary.errors
    io.write(string.format("measured %d %d\n", summary.requests, errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
