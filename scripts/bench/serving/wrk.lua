-- Repeats one request, chosen by environment variables, and prints one line of JSON at the end.

wrk.method = os.getenv("BENCH_METHOD")
wrk.body = os.getenv("BENCH_BODY")
if wrk.body == "" then
   wrk.body = nil
else
   wrk.headers["Content-Type"] = "application/json"
end

-- wrk pauses for whole milliseconds; a fraction is reached on average.
local pause = tonumber(os.getenv("BENCH_PAUSE_MS"))
if pause > 0 then
   function delay()
      return math.floor(pause + math.random())
   end
end

function done(summary, latency, requests)
   local errors = summary.errors
   io.write(string.format(
      'JSON {"requests": %d, "seconds": %.6f, "p50_ms": %.4f, "p99_ms": %.4f, "failed": %d}\n',
      summary.requests, summary.duration / 1e6,
      latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
      errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
