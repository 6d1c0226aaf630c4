-- One tap a request: a nonce that nobody used before, by one of many holders. Arguments: code of the board, number of holders, run.
local code, holders, run, count

function init(arguments)
    code, holders, run, count = arguments[1], tonumber(arguments[2]), tonumber(arguments[3]), 0
end

function request()
    count = count + 1
    local nonce = string.format("%08x-0000-4000-8000-%012x", run, count)
    local body = string.format('{"code": "%s", "nonce": "%s", "companions": 0}', code, nonce)
    return wrk.format("POST", nil, {["Content-Type"] = "application/json", ["Authorization"] = "Bearer token-holder" .. (count % holders + 1)}, body)
end

-- What is not 2xx was no scan; say so where the program reads it.
function done(summary, latency)
    io.write(string.format("measured %d %d %d %d\n", summary.requests, summary.duration, latency:percentile(99),
                           summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
