/**
 * Every setting of the program, once: its variable, its default, what it may be. docs/settings.md
 * says what each is for, and a test compares the two.
 */
import { DEFAULT_TRACKED_PAIRS, INTERVALS, parseInstrument } from '@tickwire/protocol';
import { z } from 'zod';
import { BYBIT_CATEGORIES } from '../feeds/bybit/config.ts';

/**
 * What a process does: `ingest` follows venues, relays what others publish and records; `jobs`
 * drops what is old; `gateway` brings channels to clients; `api` answers requests.
 */
export const ROLES = ['ingest', 'jobs', 'gateway', 'api'] as const;
export type Role = (typeof ROLES)[number];

export interface Setting<T> {
  /** As it would be written in the environment; undefined where nothing stands for it. */
  readonly fallback: string | undefined;
  /** What it may be, as it follows "expected". */
  readonly expected: string;
  readonly schema: z.ZodType<T, string>;
  /** Never shown, not even when it is wrong. */
  readonly isSecret?: true;
}

const integer = (min: number, max: number) =>
  z.string().regex(/^\d+$/).transform(Number).pipe(z.number().min(min).max(max));

const seconds = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+(\.\d+)?$/)
    .transform(Number)
    .pipe(z.number().min(min).max(max))
    .transform((value) => value * 1_000);

const port = z.union([z.literal('off'), integer(0, 65_535)]);
const portExpected = 'a port from 0 (any free one) to 65535, or off';
const text = z.string();
const onOrOff = z.enum(['on', 'off']).transform((value) => value === 'on');
const trueOrFalse = z
  .string()
  .toLowerCase()
  .pipe(z.enum(['true', 'false', '1', '0']))
  .transform((value) => value === 'true' || value === '1');
const decimal = (isAllowed: (value: number) => boolean) =>
  z
    .string()
    .regex(/^\d+(\.\d+)?$/)
    .transform(Number)
    .refine(isAllowed);
const address = (protocol: RegExp) =>
  z
    .url({ protocol })
    .transform((value) => new URL(value))
    .refine(({ pathname, search, hash }) => pathname === '/' && search === '' && hash === '')
    .refine(({ username, password }) => username === '' && password === '')
    .transform(({ origin }) => origin);
const url = address(/^https?$/);
const urlExpected = 'an http:// or https:// address without path and without credentials';
const webSocketUrlExpected = 'a ws:// or wss:// address without path and without credentials';

/** A text of several, separated by commas or spaces; each once. */
function listOf<T>(item: z.ZodType<T, string>): z.ZodType<readonly T[], string> {
  return z
    .string()
    .transform((value) => value.split(/[\s,]+/).filter((name) => name !== ''))
    .pipe(z.array(item).min(1))
    .transform((items): readonly T[] => [...new Set(items)]);
}

const instrumentList = listOf(
  z
    .string()
    .refine((name) => parseInstrument(name) !== undefined)
    .transform((name) => parseInstrument(name) ?? name),
);
const intervalList = listOf(z.string().toUpperCase().pipe(z.enum(INTERVALS)));

const LOG_LEVELS = {
  debug: 'debug',
  info: 'info',
  warn: 'warn',
  warning: 'warn',
  error: 'error',
  critical: 'fatal',
} as const;

const logLevel = z
  .string()
  .toLowerCase()
  .pipe(z.enum(['debug', 'info', 'warn', 'warning', 'error', 'critical']))
  .transform((name) => LOG_LEVELS[name]);

function setting<T>(
  fallback: string | undefined,
  expected: string,
  schema: z.ZodType<T, string>,
): Setting<T> {
  return { fallback, expected, schema };
}

export const SETTINGS = {
  API_HOST: setting('0.0.0.0', 'an address to listen on', text),
  API_PORT: setting('5000', portExpected, port),
  WEBSOCKET_HOST: setting('0.0.0.0', 'an address to listen on', text),
  WEBSOCKET_PORT: setting('5001', portExpected, port),
  LIVE_PORT: setting('8000', portExpected, port),
  WEBSOCKET_MAX_CLIENTS: setting('1000', 'a number from 1 to 1000000', integer(1, 1_000_000)),
  WEBSOCKET_PING_INTERVAL: setting('25', 'seconds from 1 to 3600', seconds(1, 3_600)),
  WEBSOCKET_PING_TIMEOUT: setting('5', 'seconds from 1 to 3600', seconds(1, 3_600)),
  WEBSOCKET_MAX_MESSAGE: setting(
    '65536',
    'bytes from 1024 to 16777216',
    integer(1_024, 16_777_216),
  ),
  OUTBOX_MAX_BYTES: setting(
    '1048576',
    'bytes from 65536 to 1073741824',
    integer(65_536, 1_073_741_824),
  ),
  WEBSOCKET_COMPRESSION: setting('off', 'on or off', onOrOff),
  RATE_LIMIT_REQUESTS: setting(
    '100',
    'a number from 1 to 1000000, or 0 for no limit',
    integer(0, 1_000_000),
  ),
  RATE_LIMIT_WINDOW: setting('60', 'seconds from 1 to 86400', seconds(1, 86_400)),
  FEEDS: setting(
    'oanda,bybit',
    'oanda, bybit, both separated by a comma, or none',
    z.union([
      z.literal('none').transform((): readonly ('oanda' | 'bybit')[] => []),
      listOf(z.enum(['oanda', 'bybit'])),
    ]),
  ),
  TRACKED_PAIRS: setting(
    DEFAULT_TRACKED_PAIRS.join(','),
    'names such as EUR_USD,GBP_USD, separated by commas',
    instrumentList,
  ),
  STALE_AFTER: setting('30', 'seconds from 1 to 86400', seconds(1, 86_400)),
  OANDA_ENVIRONMENT: setting(
    undefined,
    'simulated, demo (or practice) or live',
    z
      .enum(['simulated', 'demo', 'practice', 'live'])
      .transform((name) => (name === 'practice' ? 'demo' : name)),
  ),
  OANDA_API_KEY: {
    ...setting(undefined, 'an access token', z.string().regex(/^[\x21-\x7e]+$/)),
    isSecret: true,
  },
  OANDA_ACCOUNT_ID: setting(
    undefined,
    'an id such as 101-004-1435156-001',
    z.string().regex(/^[\w-]+$/),
  ),
  OANDA_URL: { ...setting(undefined, urlExpected, url), isSecret: true },
  OANDA_STREAM_URL: { ...setting(undefined, urlExpected, url), isSecret: true },
  BYBIT_ENVIRONMENT: setting(
    undefined,
    'simulated, testnet or live',
    z.enum(['simulated', 'testnet', 'live']),
  ),
  BYBIT_TESTNET: setting(undefined, 'true or false', trueOrFalse),
  BYBIT_CATEGORY: setting('linear', 'linear, inverse or spot', z.enum(BYBIT_CATEGORIES)),
  BYBIT_SYMBOLS: setting(
    'BTCUSDT,ETHUSDT,SOLUSDT',
    'names such as BTCUSDT,SPOT_BTCUSDT, separated by commas',
    instrumentList,
  ),
  BYBIT_TIMEFRAMES: setting(
    '1,5,15',
    `some of ${INTERVALS.join(' ')}, separated by commas`,
    intervalList,
  ),
  BYBIT_MAX_TOPICS: setting('200', 'a number from 0 to 500', integer(0, 500)),
  BYBIT_WS_URL: { ...setting(undefined, webSocketUrlExpected, address(/^wss?$/)), isSecret: true },
  BYBIT_REST_URL: { ...setting(undefined, urlExpected, url), isSecret: true },
  DATA_DIR: setting('./data', 'a directory, or none', text),
  DATABASE_URL: {
    ...setting(
      undefined,
      'an address such as postgres://user:password@host:5432/database',
      z.url({ protocol: /^postgres(ql)?$/ }),
    ),
    isSecret: true,
  },
  DB_HOST: setting(undefined, 'a host, or the directory of a socket', text),
  DB_PORT: setting('5432', 'a port from 1 to 65535', integer(1, 65_535)),
  DB_NAME: setting('fx_trading_data', 'the name of a database', text),
  DB_USER: setting('postgres', 'the name of a user', text),
  DB_PASSWORD: { ...setting(undefined, 'a password', text), isSecret: true },
  REDIS_URL: {
    ...setting(
      undefined,
      'an address such as redis://user:password@host:6379/0, or rediss:// for TLS',
      z.url({ protocol: /^rediss?$/ }),
    ),
    isSecret: true,
  },
  REDIS_HOST: setting(undefined, 'a host', text),
  REDIS_PORT: setting('6379', 'a port from 1 to 65535', integer(1, 65_535)),
  REDIS_DB: setting('0', 'a number from 0 to 1000000', integer(0, 1_000_000)),
  REDIS_PASSWORD: { ...setting(undefined, 'a password', text), isSecret: true },
  ROLES: setting(
    ROLES.join(','),
    `some of ${ROLES.join(', ')}, separated by commas`,
    listOf(z.string().toLowerCase().pipe(z.enum(ROLES))),
  ),
  HISTORY_SIZE: setting('1024', 'a number from 1 to 1000000', integer(1, 1_000_000)),
  HISTORY_TTL: setting('600', 'seconds from 1 to 86400', seconds(1, 86_400)),
  CACHE_TTL_PRICES: setting('300', 'seconds from 1 to 2592000', seconds(1, 2_592_000)),
  CACHE_TTL_METRICS: setting('3600', 'seconds from 1 to 2592000', seconds(1, 2_592_000)),
  CACHE_TTL_CORRELATION: setting('86400', 'seconds from 1 to 2592000', seconds(1, 2_592_000)),
  RECORD_TRADES: setting('off', 'on or off', onOrOff),
  BACKFILL_DAYS: setting('60', 'days from 0 to 3650', integer(0, 3_650)),
  DATA_RETENTION_DAYS: setting(
    '365',
    'days from 1 to 36500, or 0 to keep everything',
    integer(0, 36_500),
  ),
  PRICE_AUDIT_RETENTION_HOURS: setting('24', 'hours from 1 to 87600', integer(1, 87_600)),
  HOURLY_JOB_ENABLED: setting('true', 'true or false', trueOrFalse),
  DAILY_JOB_ENABLED: setting('true', 'true or false', trueOrFalse),
  VOLATILITY_THRESHOLD: setting(
    undefined,
    'a fraction per year above 0, such as 0.12',
    decimal((value) => value > 0),
  ),
  CORRELATION_THRESHOLD: setting(
    '0.7',
    'a number above 0 and up to 1',
    decimal((value) => value > 0 && value <= 1),
  ),
  CORRELATION_WINDOW_SIZE: setting('100', 'a number from 3 to 5000', integer(3, 5_000)),
  TIMESTAMP_STYLE: setting('iso', 'iso or naive', z.enum(['iso', 'naive'])),
  SHUTDOWN_TIMEOUT: setting('10', 'seconds from 0 to 600', seconds(0, 600)),
  LOG_LEVEL: setting('INFO', 'DEBUG, INFO, WARNING, ERROR or CRITICAL', logLevel),
  LOG_FILE: setting(undefined, 'the path of a file', text),
} as const satisfies Record<string, Setting<unknown>>;

export type SettingName = keyof typeof SETTINGS;
export type SettingValue<Name extends SettingName> = z.output<(typeof SETTINGS)[Name]['schema']>;
