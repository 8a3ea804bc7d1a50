/**
 * What is done in Redis in one step. One hash, `tickwire:heads`, has the place of every channel (its
 * newest number, and the last that nobody can go on from), and the epoch of them all beside them: so
 * they can only be lost together. The messages of a channel are a stream of its name and epoch, each
 * under its number. The method is Centrifugo's: number, keep and publish at once, and suppress what
 * is not newer (centrifugal/centrifuge, `internal/redis_lua`).
 */

/** The field of the heads that has the epoch; no channel has such a name. */
const EPOCH_FIELD = '@epoch';

/** How long versions are remembered after the newest of a channel, and batches of a publisher. */
const REMEMBERED_MS = 86_400_000;
/** Versions of one channel: of more, the older half is forgotten. */
const MAX_VERSIONS = 1_000;
/** Every so many messages, those of a channel that are too old are looked for: at most so many. */
const SWEEP_EVERY = 16;
const SWEPT_AT_ONCE = 64;

/** What {@link PUBLISH} answers of a batch. */
export const FENCED = -1;

/** Before a version with which versions start anew; no version begins with it. */
export const FIRST_VERSION = '!';

/** How many arguments come before the first operation, and how many each has. */
const PUBLISH_ARGUMENTS = 7;
const OPERATION_ARGUMENTS = 7;

/**
 * Carries out a batch of operations, once however often it is sent.
 *
 * Keys: the heads, the publisher, the lease. Arguments: the prefix of other keys, the number of the
 * batch, the token of the lease or nothing, the epoch where there is none yet, how many messages of
 * a channel are kept and for how many milliseconds, the name of this process; then of each
 * operation its kind (event, begin, break or ask), its channels, the key and the version that it
 * has among its like, the channel and the text by which others are told, its body.
 *
 * Answers how many events were suppressed, or {@link FENCED}.
 */
export const PUBLISH = `
local heads, publisher, lease = KEYS[1], KEYS[2], KEYS[3]
local prefix, batch, token, newEpoch = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
local size, ttl, origin = ARGV[5], ARGV[6], ARGV[7]
if tonumber(redis.call('GET', publisher) or '0') >= batch then return 0 end
if token ~= '' and redis.call('GET', lease) ~= token then return ${FENCED} end
redis.call('SET', publisher, batch, 'PX', ${REMEMBERED_MS})
local epoch = redis.call('HGET', heads, '${EPOCH_FIELD}')
if not epoch then
  epoch = newEpoch
  redis.call('HSET', heads, '${EPOCH_FIELD}', epoch)
end
local time = redis.call('TIME')
local now = string.format('%d%03d', time[1], math.floor(time[2] / 1000))
local told, suppressed = {}, 0

local function historyOf(channel) return prefix .. 'history:' .. epoch .. ':' .. channel end

local function placeOf(channel)
  local head = redis.call('HGET', heads, channel)
  if not head then return 0, '-1' end
  local seq, broken = string.match(head, '^(%d+) (%-?%d+)$')
  return tonumber(seq), broken
end

local function isNews(channel, key, version)
  if key == '' then return true end
  local versions = prefix .. 'versions:' .. channel
  local known = redis.call('HGET', versions, key)
  if string.sub(version, 1, 1) == '${FIRST_VERSION}' then
    version = string.sub(version, 2)
  elseif known and known >= version then
    return false
  end
  redis.call('HSET', versions, key, version)
  redis.call('PEXPIRE', versions, ${REMEMBERED_MS})
  if redis.call('HLEN', versions) > ${MAX_VERSIONS} then
    local all, found = redis.call('HGETALL', versions), {}
    for at = 1, #all, 2 do found[#found + 1] = {all[at], all[at + 1]} end
    table.sort(found, function(a, b) return a[2] < b[2] end)
    for at = 1, math.floor(#found / 2) do redis.call('HDEL', versions, found[at][1]) end
  end
  return true
end

local function keep(channel, seq, message)
  local history = historyOf(channel)
  redis.call('XADD', history, 'MAXLEN', size, seq .. '-0', 'm', message)
  redis.call('PEXPIRE', history, ttl)
  if seq % ${SWEEP_EVERY} == 0 then
    for _, entry in ipairs(redis.call('XRANGE', history, '-', '+', 'COUNT', ${SWEPT_AT_ONCE})) do
      local at = string.match(entry[2][2], '"at":(%d+)')
      if tonumber(at) >= tonumber(now) - tonumber(ttl) then break end
      redis.call('XDEL', history, entry[1])
    end
  end
end

local function number(names, body)
  local channels, places, first, firstSeq = {}, {}, nil, nil
  for name in string.gmatch(names, '%S+') do
    local seq, broken = placeOf(name)
    seq = seq + 1
    redis.call('HSET', heads, name, string.format('%d', seq) .. ' ' .. broken)
    channels[#channels + 1] = {name, seq}
    if first then
      places[#places + 1] = '"' .. name .. '":' .. string.format('%d', seq)
    else
      first, firstSeq = name, seq
    end
  end
  local also = ''
  if #places > 0 then also = ',"also":{' .. table.concat(places, ',') .. '}' end
  local message = '{"channel":"' .. first .. '","epoch":"' .. epoch .. '","seq":'
    .. string.format('%d', firstSeq) .. ',"at":' .. now .. ',"origin":"' .. origin .. '"'
    .. also .. ',"event":' .. body .. '}'
  for _, each in ipairs(channels) do keep(each[1], each[2], message) end
  told[#told + 1] = message
end

for at = ${PUBLISH_ARGUMENTS + 1}, #ARGV, ${OPERATION_ARGUMENTS} do
  local kind, names, key, version, otherChannel, otherText, body =
    unpack(ARGV, at, at + ${OPERATION_ARGUMENTS - 1})
  if kind == 'event' then
    if isNews(string.match(names, '^%S+'), key, version) then
      number(names, body)
      if otherChannel ~= '' then redis.call('PUBLISH', otherChannel, otherText) end
    else
      suppressed = suppressed + 1
    end
  elseif kind == 'break' then
    local seq = placeOf(names)
    redis.call('HSET', heads, names, string.format('%d %d', seq, seq))
    redis.call('DEL', historyOf(names))
    told[#told + 1] = '{"broken":"' .. names .. '","seq":' .. string.format('%d', seq) .. '}'
  else
    told[#told + 1] = '{"' .. kind .. '":' .. body .. '}'
  end
end
if #told > 0 then
  redis.call('PUBLISH', prefix .. 'bus', '[' .. table.concat(told, ',') .. ']')
end
return suppressed
`;

/**
 * Answers the heads of all channels as fields and values; they are begun under a new epoch where
 * there are none, or where the epoch is the one given. Key: the heads. Arguments: the new epoch, and
 * the one that cannot be gone on with or nothing.
 */
export const OPEN = `
local epoch = redis.call('HGET', KEYS[1], '${EPOCH_FIELD}')
if not epoch or epoch == ARGV[2] then
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], '${EPOCH_FIELD}', ARGV[1])
end
return redis.call('HGETALL', KEYS[1])
`;

/** Where every channel stands in Redis. */
export interface Heads {
  readonly epoch: string;
  readonly channels: ReadonlyMap<string, Head>;
}

export interface Head {
  readonly seq: number;
  /** Nobody can go on from a number up to this; -1 for none. */
  readonly brokenAt: number;
}

/** Reads what {@link OPEN} has answered. */
export function readHeads(reply: unknown): Heads {
  const fields = Array.isArray(reply) ? reply.map(String) : [];
  let epoch = '';
  const channels = new Map<string, Head>();
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [name = '', value = ''] = fields.slice(at, at + 2);
    if (name === EPOCH_FIELD) {
      epoch = value;
    } else {
      const [seq = 0, brokenAt = -1] = value.split(' ').map(Number);
      channels.set(name, { seq, brokenAt });
    }
  }
  return { epoch, channels };
}
