-- One endpoint for wrk. A POST adds another invitee each time, over the 400 interviews of user 200.
local method, path = os.getenv("METHOD"), os.getenv("URL_PATH")
local run = os.getenv("RUN")
local headers = { ["Authorization"] = "Bearer " .. os.getenv("TOKEN") }
local count, plain = 0, nil

function init()
  if method == "GET" then
    plain = wrk.format("GET", path, headers)
  else
    headers["Content-Type"] = "application/json"
  end
end

function request()
  if plain then return plain end
  count = count + 1
  local workspace = 199 * 20 + math.floor(count / 20) % 20
  local interview = workspace * 20 + count % 20 + 1
  local target = string.format("/workspaces/cw%023d/interviews/ci%023d/invitees", workspace + 1, interview)
  return wrk.format("POST", target, headers, string.format('{"email":"%s-%d@example.com","name":"Bench"}', run, count))
end
