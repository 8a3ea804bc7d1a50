import { describe, expect, test } from 'vitest';
import { type Config, parseConfig } from '../../src/app/config.ts';
import { redisPrefix } from '../../src/app/redis-config.ts';
import type { Environment } from '../../src/app/variables.ts';
import { checkConfig } from '../../src/cli/check-config.ts';
import { ConfigError, toError } from '../../src/domain/errors.ts';

const SECRET = 'hidden';
const LOCAL = { host: 'localhost', port: 6379, database: 0, isEncrypted: false };

/** What is said of a configuration that is wrong. */
function faultOf(environment: Environment): string {
  try {
    parseConfig(environment);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return toError(error).message;
  }
  throw new Error('Expected a ConfigError');
}

describe('the settings of Redis', () => {
  test('are none where nothing is set: one process does everything', () => {
    expect(parseConfig({})).toMatchObject({
      redis: undefined,
      roles: ['ingest', 'jobs', 'gateway', 'api'],
    });
    expect(parseConfig({ REDIS_PORT: 7_000, REDIS_DB: 1, REDIS_PASSWORD: 'x' }).redis).toBe(
      undefined,
    );
    expect(parseConfig({ REDIS_URL: 'None', REDIS_HOST: '' }).redis).toBe(undefined);
  });

  test.each<[url: string, address: Partial<Config['redis']>]>([
    ['redis://localhost', { ...LOCAL, name: 'localhost:6379' }],
    ['redis://localhost/', LOCAL],
    ['redis://localhost:7000/3', { ...LOCAL, port: 7_000, database: 3, name: 'localhost:7000' }],
    ['rediss://localhost', { ...LOCAL, isEncrypted: true }],
    ['redis://:word@localhost', { ...LOCAL, password: 'word' }],
    ['redis://me:w%40r%2Fd%25@localhost', { ...LOCAL, username: 'me', password: 'w@r/d%' }],
    ['redis://[::1]:7000', { ...LOCAL, host: '::1', port: 7_000, name: '[::1]:7000' }],
  ])('are read of %s', (url, address) => {
    const { redis } = parseConfig({ REDIS_URL: url });
    expect(redis).toMatchObject({ ...address });
    expect(redis?.username).toBe(address?.username);
    expect(redis?.password).toBe(address?.password);
  });

  test('are read of their parts, which count only without the whole', () => {
    const parts = { REDIS_HOST: 'localhost', REDIS_PORT: 7_000, REDIS_DB: 2 };
    expect(parseConfig({ ...parts, REDIS_PASSWORD: SECRET }).redis).toEqual({
      ...LOCAL,
      name: 'localhost:7000',
      port: 7_000,
      database: 2,
      password: SECRET,
    });
    expect(parseConfig({ REDIS_HOST: 'localhost' }).redis).toEqual({
      ...LOCAL,
      name: 'localhost:6379',
    });
    expect(parseConfig({ ...parts, REDIS_URL: 'redis://other' }).redis?.name).toBe('other:6379');
  });

  test.each([
    ['REDIS_URL', `http://user:${SECRET}@localhost`, /^REDIS_URL: expected an address such as /],
    ['REDIS_URL', SECRET, /^REDIS_URL: expected an address such as /],
    ['REDIS_URL', `redis://:${SECRET}@localhost/name`, /^REDIS_URL: expected the number of a/],
    ['REDIS_URL', `redis://:${SECRET}@localhost/1/2`, /^REDIS_URL: expected the number of a/],
    ['REDIS_URL', `redis://:${SECRET}%zz@localhost`, /^REDIS_URL: expected user and password /],
    ['REDIS_URL', `redis://:${SECRET}@localhost:99999`, /^REDIS_URL: expected an address such /],
    ['REDIS_URL', `redis:///${SECRET}`, /^REDIS_URL: expected an address /],
  ])('say what is wrong with %s %s, and keep it secret', (name, value, fault) => {
    const message = faultOf({ [name]: value });
    expect(message).toMatch(fault);
    expect(message).toMatch(/got \*\*\*$/);
    expect(message).not.toContain(SECRET);
  });

  test.each(['REDIS_PORT', 'REDIS_DB'])('say what is wrong with %s', (name) => {
    expect(faultOf({ REDIS_HOST: 'localhost', [name]: 'many' })).toMatch(
      RegExp(`^${name}: expected .*, got 'many'$`),
    );
  });

  test('are printed without secrets', () => {
    const url = `redis://user:${SECRET}@localhost`;
    const printed = checkConfig({ REDIS_URL: url, REDIS_PASSWORD: SECRET, ROLES: 'gateway,api' });
    expect(printed).toContain('REDIS_URL=***\n');
    expect(printed).toContain('REDIS_PASSWORD=***\n');
    expect(printed).toContain('\nROLES=gateway,api\n');
    expect(printed).not.toContain(SECRET);
    expect(checkConfig({})).toContain('ROLES=ingest,jobs,gateway,api  # default');
  });

  test('give each database but the first keys of its own', () => {
    expect(redisPrefix({ ...LOCAL, name: '' })).toBe('tickwire:');
    expect(redisPrefix({ ...LOCAL, name: '', database: 3 })).toBe('tickwire:3:');
  });
});

describe('ROLES', () => {
  const redis = { REDIS_URL: 'redis://localhost' };

  test('may be any of four, in any order and spelling, each once', () => {
    expect(parseConfig({ ...redis, ROLES: 'gateway' }).roles).toEqual(['gateway']);
    const roles = 'API, gateway  gateway';
    expect(parseConfig({ ...redis, ROLES: roles }).roles).toEqual(['api', 'gateway']);
  });

  test.each(['gateway,ingestion', 'all', ',', 'none'])('may not be %s', (roles) => {
    const expected = `ROLES: expected some of ingest, jobs, gateway, api, separated by commas, got`;
    expect(faultOf({ ...redis, ROLES: roles })).toBe(`${expected} '${roles}'`);
  });

  test('must be all where no Redis is set, because nobody would do the rest', () => {
    expect(faultOf({ ROLES: 'ingest,jobs' })).toBe(
      'ROLES: expected all of ingest, jobs, gateway, api, because no Redis is set, ' +
        "got 'ingest,jobs'",
    );
    expect(parseConfig({ ROLES: 'api,gateway,jobs,ingest' }).roles).toHaveLength(4);
  });

  test('leave an embedded database to the process that ingests', () => {
    const postgres = { ...redis, DATABASE_URL: 'postgres://localhost/db' };
    expect(parseConfig({ ...redis, ROLES: 'gateway,api,jobs' }).history).toBeUndefined();
    expect(parseConfig({ ...redis, ROLES: 'ingest' }).history?.database.type).toBe('embedded');
    expect(parseConfig({ ...postgres, ROLES: 'gateway' }).history?.database.type).not.toBe(
      'embedded',
    );
  });
});
