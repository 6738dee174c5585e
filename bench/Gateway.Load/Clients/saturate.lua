-- wrk: POST the file BODY; the last line of the output is JSON.
local file = assert(io.open(os.getenv("BODY"), "rb"))
wrk.method = "POST"
wrk.body = file:read("*a")
file:close()

function done(summary, latency)
  local errors = summary.errors
  print(string.format('{"answered":%d,"errors":%d}', summary.requests - errors.status,
    errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
