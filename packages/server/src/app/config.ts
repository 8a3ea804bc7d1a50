import { type SimulatorSettings, parseSimulatorSettings } from '@tickwire/simulator';
import type { Interval } from '@tickwire/protocol';
import { ConfigError, toError } from '../domain/errors.ts';
import type { TimestampStyle } from '../domain/timestamps.ts';
import type { ListenAddress } from '../api/listeners.ts';
import { BYBIT_HOSTS, type BybitCategory, type BybitHosts } from '../feeds/bybit/config.ts';
import { resolveInstrument } from '../feeds/bybit/topics.ts';
import { OANDA_HOSTS, type OandaFeedConfig, type OandaHosts } from '../feeds/oanda/config.ts';
import { type AnalyticsConfig, analyticsConfig } from './analytics-config.ts';
import type { RedisAddress } from '../redis/connection.ts';
import { type HistoryConfig, historyConfig } from './history-config.ts';
import { redisConfig } from './redis-config.ts';
import { ROLES, type Role, type SettingName, type SettingValue } from './settings.ts';
import { type Environment, type Variables, reader, withoutUnset } from './variables.ts';

/** The venue of a feed: where it is, or that it is the built-in simulator, which we start. */
export type VenueConfig<Hosts> =
  { readonly type: 'simulator' } | { readonly type: 'hosts'; readonly hosts: Hosts };

export interface OandaConfig {
  readonly environment: 'simulated' | 'demo' | 'live';
  readonly venue: VenueConfig<OandaHosts>;
  readonly feed: Omit<OandaFeedConfig, 'hosts'>;
}

export interface BybitConfig {
  readonly environment: 'simulated' | 'testnet' | 'live';
  readonly venue: VenueConfig<BybitHosts>;
  /** Of instruments whose name says none. */
  readonly category: BybitCategory;
  readonly instruments: readonly string[];
  readonly intervals: readonly Interval[];
  /** How many topics that nobody configured may be followed at once. */
  readonly maxTopics: number;
}

/** The validated whole: what each part needs, with nothing left to check. */
export interface Config {
  readonly roles: readonly Role[];
  /** Undefined where one process does everything. */
  readonly redis: RedisAddress | undefined;
  readonly addresses: readonly ListenAddress[];
  readonly clients: {
    readonly max: number;
    readonly pingIntervalMs: number;
    readonly pingTimeoutMs: number;
    readonly maxMessageBytes: number;
    readonly maxWaitingBytes: number;
  };
  /** Whether plain WebSocket clients that ask for compression get it. */
  readonly isWebSocketCompressed: boolean;
  /** So many requests of one client in so long a time; 0 is as many as it likes. */
  readonly rateLimit: { readonly requests: number; readonly windowMs: number };
  readonly trackedPairs: readonly string[];
  /** Crypto that other programs may bring. */
  readonly cryptoInstruments: readonly string[];
  readonly cacheTtls: {
    readonly pricesMs: number;
    readonly metricsMs: number;
    readonly correlationMs: number;
  };
  /** Undefined where the feed is not wanted. */
  readonly oanda: OandaConfig | undefined;
  readonly bybit: BybitConfig | undefined;
  /** Of the built-in simulator; undefined where no venue is simulated by us. */
  readonly simulator: SimulatorSettings | undefined;
  readonly staleAfterMs: number;
  /** How many messages of each channel are kept for those who missed them, and for how long. */
  readonly channelLog: { readonly size: number; readonly maxAgeMs: number };
  /** Undefined where nothing is kept. */
  readonly history: HistoryConfig | undefined;
  readonly analytics: AnalyticsConfig;
  readonly timestampStyle: TimestampStyle;
  readonly shutdownTimeoutMs: number;
  readonly log: { readonly level: SettingValue<'LOG_LEVEL'>; readonly file: string | undefined };
}

/** What the built-in simulator takes for a key: it accepts any. */
const SIMULATED_KEY = 'simulated';

/**
 * Reads the configuration; throws a {@link ConfigError} of one line that names the variable, what
 * it may be and what it was. `None` and an empty value mean unset.
 */
export function parseConfig(environment: Environment): Config {
  const variables = withoutUnset(environment);
  const { required, optional } = reader(variables);
  const addresses: ListenAddress[] = [];
  for (const [variable, hostVariable] of [
    ['API_PORT', 'API_HOST'],
    ['WEBSOCKET_PORT', 'WEBSOCKET_HOST'],
    ['LIVE_PORT', 'API_HOST'],
  ] as const) {
    const port = required(variable);
    if (port !== 'off') {
      addresses.push({ variable, hostVariable, host: required(hostVariable), port });
    }
  }
  refuseSharedPorts(addresses);
  if (addresses.length === 0) {
    throw new ConfigError('API_PORT: expected one of the three ports to be on, got off for all');
  }
  const trackedPairs = required('TRACKED_PAIRS');
  const feeds = required('FEEDS');
  const oanda = feeds.includes('oanda') ? oandaConfig(variables, trackedPairs) : undefined;
  const bybit = feeds.includes('bybit') ? bybitConfig(variables) : undefined;
  const redis = redisConfig(variables);
  const roles = rolesOf(variables, redis);
  const isSimulated = [oanda, bybit].some((feed) => feed?.venue.type === 'simulator');
  return {
    roles,
    redis,
    addresses,
    clients: {
      max: required('WEBSOCKET_MAX_CLIENTS'),
      pingIntervalMs: required('WEBSOCKET_PING_INTERVAL'),
      pingTimeoutMs: required('WEBSOCKET_PING_TIMEOUT'),
      maxMessageBytes: required('WEBSOCKET_MAX_MESSAGE'),
      maxWaitingBytes: required('OUTBOX_MAX_BYTES'),
    },
    isWebSocketCompressed: required('WEBSOCKET_COMPRESSION'),
    rateLimit: {
      requests: required('RATE_LIMIT_REQUESTS'),
      windowMs: required('RATE_LIMIT_WINDOW'),
    },
    trackedPairs,
    cryptoInstruments: required('BYBIT_SYMBOLS').map(
      (name) => resolveInstrument(name, required('BYBIT_CATEGORY')).instrument,
    ),
    cacheTtls: {
      pricesMs: required('CACHE_TTL_PRICES'),
      metricsMs: required('CACHE_TTL_METRICS'),
      correlationMs: required('CACHE_TTL_CORRELATION'),
    },
    oanda,
    bybit,
    simulator: isSimulated ? simulatorSettings(variables) : undefined,
    staleAfterMs: required('STALE_AFTER'),
    channelLog: { size: required('HISTORY_SIZE'), maxAgeMs: required('HISTORY_TTL') },
    history: ownHistory(historyConfig(variables), roles),
    analytics: analyticsConfig(variables),
    timestampStyle: required('TIMESTAMP_STYLE'),
    shutdownTimeoutMs: required('SHUTDOWN_TIMEOUT'),
    log: { level: required('LOG_LEVEL'), file: optional('LOG_FILE') },
  };
}

function rolesOf(variables: Variables, redis: RedisAddress | undefined): readonly Role[] {
  const roles = reader(variables).required('ROLES');
  const missing = ROLES.filter((role) => !roles.includes(role));
  if (redis === undefined && missing.length > 0) {
    throw new ConfigError(
      `ROLES: expected all of ${ROLES.join(', ')}, because no Redis is set, got '${roles.join(',')}'`,
    );
  }
  return roles;
}

/** An embedded database belongs to the process that records. */
function ownHistory(
  history: HistoryConfig | undefined,
  roles: readonly Role[],
): HistoryConfig | undefined {
  return history?.database.type === 'embedded' && !roles.includes('ingest') ? undefined : history;
}

function refuseSharedPorts(addresses: readonly ListenAddress[]): void {
  for (const { variable, host, port } of addresses) {
    const first = addresses.find((other) => other.port === port && other.host === host);
    if (port !== 0 && first !== undefined && first.variable !== variable) {
      throw new ConfigError(
        `${variable}: expected another port than ${first.variable}, got ${port}`,
      );
    }
  }
}

function oandaConfig(variables: Variables, instruments: readonly string[]): OandaConfig {
  const { optional } = reader(variables);
  const key = optional('OANDA_API_KEY');
  const environment = optional('OANDA_ENVIRONMENT') ?? (key === undefined ? 'simulated' : 'demo');
  if (environment !== 'simulated' && key === undefined) {
    throw new ConfigError(
      `OANDA_API_KEY: expected an access token, because OANDA_ENVIRONMENT is ${environment}, got none`,
    );
  }
  const accountId = optional('OANDA_ACCOUNT_ID');
  return {
    environment,
    venue: venueOf(
      environment === 'simulated' ? undefined : OANDA_HOSTS[environment],
      ['OANDA_URL', optional('OANDA_URL')],
      ['OANDA_STREAM_URL', optional('OANDA_STREAM_URL')],
      (restUrl, streamUrl) => ({ restUrl, streamUrl }),
    ),
    feed: {
      apiKey: key ?? SIMULATED_KEY,
      instruments,
      ...(accountId === undefined ? {} : { accountId }),
    },
  };
}

function bybitConfig(variables: Variables): BybitConfig {
  const { optional, required } = reader(variables);
  const isTestnet = optional('BYBIT_TESTNET') === true;
  const environment = optional('BYBIT_ENVIRONMENT') ?? (isTestnet ? 'testnet' : 'simulated');
  if (isTestnet && environment !== 'testnet') {
    throw new ConfigError(
      `BYBIT_TESTNET: expected false, because BYBIT_ENVIRONMENT is ${environment}, got true`,
    );
  }
  const hosts = environment === 'simulated' ? undefined : BYBIT_HOSTS[environment];
  return {
    environment,
    venue: venueOf(
      hosts,
      ['BYBIT_WS_URL', optional('BYBIT_WS_URL')],
      ['BYBIT_REST_URL', optional('BYBIT_REST_URL')],
      (wsUrl, restUrl) => ({ wsUrl, restUrl }),
    ),
    category: required('BYBIT_CATEGORY'),
    instruments: required('BYBIT_SYMBOLS'),
    intervals: required('BYBIT_TIMEFRAMES'),
    maxTopics: required('BYBIT_MAX_TOPICS'),
  };
}

type Override = readonly [variable: SettingName, url: string | undefined];

/** The usual hosts or those given; the simulator where there are neither. */
function venueOf<Hosts extends object>(
  usual: Hosts | undefined,
  first: Override,
  second: Override,
  toHosts: (first: string, second: string) => Hosts,
): VenueConfig<Hosts> {
  const [[firstName, firstUrl], [secondName, secondUrl]] = [first, second];
  if (usual !== undefined) {
    const given = toHosts(firstUrl ?? '', secondUrl ?? '');
    const overrides = Object.entries(given).filter(([, url]) => url !== '');
    return { type: 'hosts', hosts: { ...usual, ...Object.fromEntries(overrides) } };
  }
  if (firstUrl !== undefined && secondUrl !== undefined) {
    return { type: 'hosts', hosts: toHosts(firstUrl, secondUrl) };
  }
  if (firstUrl !== undefined || secondUrl !== undefined) {
    const missing = firstUrl === undefined ? firstName : secondName;
    throw new ConfigError(`${missing}: expected both ${firstName} and ${secondName}, got only one`);
  }
  return { type: 'simulator' };
}

function simulatorSettings(variables: Variables): SimulatorSettings {
  try {
    return parseSimulatorSettings(variables);
  } catch (error) {
    throw new ConfigError(toError(error).message, { cause: error });
  }
}
