-- What wrk sends to an HTTP peer, and how it tells its figures.
--
--   wrk ... -s http.lua URL -- METHOD PATH CASES [BODY_FILE]
--
-- In path and body, @case stands for the number of a case taken at random, @key for a new UUID, which the header
-- Idempotency-Key carries as well.

local method, path, cases, body

local function read(name)
	local file = assert(io.open(name, "rb"))
	local text = file:read("*a")
	file:close()
	return text
end

-- Two runs within a second must not make the same keys.
local function seed()
	local file = assert(io.open("/dev/urandom", "rb"))
	local a, b, c, d = file:read(4):byte(1, 4)
	file:close()
	math.randomseed(((a * 256 + b) * 256 + c) * 256 + d)
end

local function key()
	return string.format("%08x-%04x-7%03x-8%03x-%06x%06x", math.random(0, 0x7fffffff), math.random(0, 0xffff),
		math.random(0, 0xfff), math.random(0, 0xfff), math.random(0, 0xffffff), math.random(0, 0xffffff))
end

function init(args)
	seed()
	method, path, cases = args[1], args[2], tonumber(args[3])
	body = args[4] and read(args[4])
	wrk.headers["Authorization"] = "Bearer bench"
	if body then
		wrk.headers["Content-Type"] = "application/json"
	end
end

function request()
	local number = "C-" .. math.random(1001, 1000 + cases)
	local id = key()
	local to = path:gsub("@case", number)
	local text = body and body:gsub("@case", number):gsub("@key", id)

	wrk.headers["Idempotency-Key"] = id
	return wrk.format(method, to, nil, text)
end

function done(summary, latency)
	local e = summary.errors

	print(string.format("figures %.0f %.2f %.2f %d", summary.requests / summary.duration * 1e6, latency:percentile(50) / 1000,
		latency:percentile(99) / 1000, e.connect + e.read + e.write + e.status + e.timeout))
end
