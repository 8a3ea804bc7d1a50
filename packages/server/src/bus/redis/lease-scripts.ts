/**
 * Takes a lease that nobody has, or that the same owner has had until now; answers 1 if so, else 0.
 * Key: the lease. Arguments: how the owner's tokens begin, the new token, for how many milliseconds.
 */
export const ACQUIRE_LEASE = `
local held = redis.call('GET', KEYS[1])
if held and string.sub(held, 1, #ARGV[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
`;

/**
 * Holds on to a lease; answers 1, or 0 where it is not held under the token. Key: the lease.
 * Arguments: the token, for how many milliseconds.
 */
export const RENEW_LEASE = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
`;

/** Gives a lease up, if it is held under the token. Key: the lease. Argument: the token. */
export const RELEASE_LEASE = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
`;
