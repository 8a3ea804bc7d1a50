import { ConfigError } from '../domain/errors.ts';
import type { RedisAddress } from '../redis/connection.ts';
import { type Variables, reader } from './variables.ts';

/**
 * What all keys and channels of ours begin with. Messages of Redis know no databases, so that each
 * but the usual one has a name of its own.
 */
export function redisPrefix({ database }: RedisAddress): string {
  return database === 0 ? 'tickwire:' : `tickwire:${database}:`;
}

const DEFAULT_PORT = 6_379;

/** Undefined where no Redis is named. Throws a {@link ConfigError}. */
export function redisConfig(variables: Variables): RedisAddress | undefined {
  const { optional, required } = reader(variables);
  const url = optional('REDIS_URL');
  if (url !== undefined) {
    return fromUrl(url);
  }
  const host = optional('REDIS_HOST');
  if (host === undefined) {
    return undefined;
  }
  const password = optional('REDIS_PASSWORD');
  const port = required('REDIS_PORT');
  return {
    name: `${host}:${port}`,
    host,
    port,
    database: required('REDIS_DB'),
    ...(password === undefined ? {} : { password }),
    isEncrypted: false,
  };
}

function fromUrl(text: string): RedisAddress {
  const { protocol, hostname, port, pathname, username, password } = new URL(text);
  const database = pathname.replace(/^\//, '') || '0';
  if (hostname === '') {
    throw new ConfigError('REDIS_URL: expected an address with a host, got ***');
  }
  if (!/^\d+$/.test(database)) {
    throw new ConfigError('REDIS_URL: expected the number of a database as its path, got ***');
  }
  const number = port === '' ? DEFAULT_PORT : Number(port);
  return {
    name: `${hostname}:${number}`,
    host: hostname.replace(/^\[|\]$/g, ''),
    port: number,
    database: Number(database),
    ...(username === '' ? {} : { username: decoded(username) }),
    ...(password === '' ? {} : { password: decoded(password) }),
    isEncrypted: protocol === 'rediss:',
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    const expected = 'user and password with %25 for each % that is part of them';
    throw new ConfigError(`REDIS_URL: expected ${expected}, got ***`, { cause: error });
  }
}
