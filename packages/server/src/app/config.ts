import { type SimulatorSettings, parseSimulatorSettings } from '@tickwire/simulator';
import { ConfigError, toError } from '../domain/errors.ts';
import type { TimestampStyle } from '../domain/timestamps.ts';
import type { ListenAddress } from '../api/listeners.ts';
import { OANDA_HOSTS, type OandaFeedConfig, type OandaHosts } from '../feeds/oanda/config.ts';
import { SETTINGS, type Setting, type SettingName, type SettingValue } from './settings.ts';

/** The venue of a feed: where it is, and whether it is the built-in simulator that we start. */
export type VenueConfig =
  | { readonly type: 'simulator'; readonly simulator: SimulatorSettings }
  | { readonly type: 'hosts'; readonly hosts: OandaHosts };

export interface OandaConfig {
  readonly environment: 'simulated' | 'demo' | 'live';
  readonly venue: VenueConfig;
  readonly feed: Omit<OandaFeedConfig, 'hosts'>;
}

/** The validated whole: what each part needs, with nothing left to check. */
export interface Config {
  readonly addresses: readonly ListenAddress[];
  readonly clients: {
    readonly max: number;
    readonly pingIntervalMs: number;
    readonly pingTimeoutMs: number;
    readonly maxMessageBytes: number;
    readonly maxWaitingBytes: number;
  };
  readonly trackedPairs: readonly string[];
  /** Undefined where no feed is wanted. */
  readonly oanda: OandaConfig | undefined;
  readonly staleAfterMs: number;
  readonly timestampStyle: TimestampStyle;
  readonly shutdownTimeoutMs: number;
  readonly log: { readonly level: SettingValue<'LOG_LEVEL'>; readonly file: string | undefined };
}

/** Variables as they come: from the environment, a `.env` file, or a program that embeds us. */
export type Environment = Readonly<Record<string, string | number | undefined>>;

/** Those that have a value. */
type Variables = Readonly<Partial<Record<string, string>>>;

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
  return {
    addresses,
    clients: {
      max: required('WEBSOCKET_MAX_CLIENTS'),
      pingIntervalMs: required('WEBSOCKET_PING_INTERVAL'),
      pingTimeoutMs: required('WEBSOCKET_PING_TIMEOUT'),
      maxMessageBytes: required('WEBSOCKET_MAX_MESSAGE'),
      maxWaitingBytes: required('OUTBOX_MAX_BYTES'),
    },
    trackedPairs,
    oanda: required('FEEDS') === 'none' ? undefined : oandaConfig(variables, trackedPairs),
    staleAfterMs: required('STALE_AFTER'),
    timestampStyle: required('TIMESTAMP_STYLE'),
    shutdownTimeoutMs: required('SHUTDOWN_TIMEOUT'),
    log: { level: required('LOG_LEVEL'), file: optional('LOG_FILE') },
  };
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
    venue: venueConfig(variables, environment),
    feed: {
      apiKey: key ?? SIMULATED_KEY,
      instruments,
      ...(accountId === undefined ? {} : { accountId }),
    },
  };
}

function venueConfig(variables: Variables, environment: OandaConfig['environment']): VenueConfig {
  const { optional } = reader(variables);
  const restUrl = optional('OANDA_URL');
  const streamUrl = optional('OANDA_STREAM_URL');
  if (environment !== 'simulated') {
    const hosts = OANDA_HOSTS[environment];
    return {
      type: 'hosts',
      hosts: { restUrl: restUrl ?? hosts.restUrl, streamUrl: streamUrl ?? hosts.streamUrl },
    };
  }
  if (restUrl !== undefined && streamUrl !== undefined) {
    return { type: 'hosts', hosts: { restUrl, streamUrl } };
  }
  if (restUrl !== undefined || streamUrl !== undefined) {
    const missing = restUrl === undefined ? 'OANDA_URL' : 'OANDA_STREAM_URL';
    throw new ConfigError(`${missing}: expected both OANDA_URL and OANDA_STREAM_URL, got only one`);
  }
  try {
    return { type: 'simulator', simulator: parseSimulatorSettings(variables) };
  } catch (error) {
    throw new ConfigError(toError(error).message, { cause: error });
  }
}

function reader(variables: Variables) {
  const optional = <Name extends SettingName>(name: Name): SettingValue<Name> | undefined => {
    const setting: Setting<unknown> = SETTINGS[name];
    const given = variables[name];
    const value = given ?? setting.fallback;
    if (value === undefined) {
      return undefined;
    }
    const result = setting.schema.safeParse(value.trim());
    if (!result.success) {
      const shown = setting.isSecret === true ? '***' : `'${value.replaceAll(/\p{Cc}/gu, ' ')}'`;
      throw new ConfigError(`${name}: expected ${setting.expected}, got ${shown}`);
    }
    return result.data as SettingValue<Name>;
  };
  const required = <Name extends SettingName>(name: Name): SettingValue<Name> => {
    const value = optional(name);
    if (value === undefined) {
      throw new ConfigError(`${name}: expected ${SETTINGS[name].expected}, got none`);
    }
    return value;
  };
  return { optional, required };
}

/** The variables that have a value: `None` and an empty text mean that there is none. */
export function withoutUnset(environment: Environment): Variables {
  const texts = Object.entries(environment).map(([name, value]): [string, string] => [
    name,
    String(value ?? ''),
  ]);
  return Object.fromEntries(texts.filter(([, text]) => !['', 'None'].includes(text.trim())));
}
