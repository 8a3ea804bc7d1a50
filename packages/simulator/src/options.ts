/**
 * What can be chosen about a simulator, and the environment variables that choose it. The server
 * and the command line both read them here, so that they are defined once.
 */
import { delimiter } from 'node:path';

/** What the environment variables `SIMULATOR_…` choose. */
export interface SimulatorSettings {
  /** Decides the generated market: the same seed gives the same prices at the same times. */
  readonly seed: number;
  /** Whether the generated market trades at weekends, so that a demo always moves. */
  readonly weekend: 'open' | 'closed';
  /** Files and folders of recorded data, which then replace the generated market. */
  readonly data: readonly string[];
  /** Whether recorded data is moved by whole weeks so that it ends now, or left where it is. */
  readonly shift: 'weeks' | 'none';
  /** Where the venue's clock begins, relative to now: zero or negative milliseconds. */
  readonly startOffsetMs: number;
  /** Pace of the venue's clock until it has caught up, and of recordings that are played. */
  readonly speed: number;
}

export interface OandaSimulatorOptions extends Partial<SimulatorSettings> {
  /** Address to listen on; 127.0.0.1 by default. */
  readonly host?: string;
  /** Port of the REST listener; 0, the default, takes any free one. */
  readonly restPort?: number;
  /** Port of the stream listener; 0, the default, takes any free one. */
  readonly streamPort?: number;
  /** The one bearer token that is good; by default any that is not empty. */
  readonly token?: string;
  /** The one account there is; by default every well-formed account id is good. */
  readonly accountId?: string;
  /** The real time, epoch milliseconds; `Date.now` by default. */
  readonly now?: () => number;
  /** Told what is worth a line of a log; silent by default. */
  readonly log?: (line: string) => void;
}

/** Of the settings, `weekend` means nothing here: coins never stop trading. */
export interface BybitSimulatorOptions extends Partial<SimulatorSettings> {
  /** Address to listen on; 127.0.0.1 by default. */
  readonly host?: string;
  /** Port of the one listener; 0, the default, takes any free one. */
  readonly port?: number;
  /** How long a socket may be silent both ways before it is closed; ten minutes by default. */
  readonly idleMs?: number;
  /** Requests that an address may send in 5 s; 600 by default, Infinity for no limit. */
  readonly requestLimit?: number;
  /** How long an address that sent more is refused; ten minutes by default. */
  readonly banMs?: number;
  /** Sockets that an address may open in 5 min; 500 by default, Infinity for no limit. */
  readonly connectionLimit?: number;
  /** The real time, epoch milliseconds; `Date.now` by default. */
  readonly now?: () => number;
  /** Told what is worth a line of a log; silent by default. */
  readonly log?: (line: string) => void;
}

export const DEFAULT_SETTINGS: SimulatorSettings = {
  seed: 1,
  weekend: 'open',
  data: [],
  shift: 'weeks',
  startOffsetMs: 0,
  speed: 1,
};

const MAX_SPEED = 1_000_000;
/** The wire's other spelling of times, UNIX, has none before 1970. */
const MAX_START_MS = 20 * 366 * 86_400_000;
const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/**
 * Reads `SIMULATOR_SEED`, `SIMULATOR_WEEKEND`, `SIMULATOR_DATA`, `SIMULATOR_START`,
 * `SIMULATOR_SPEED` and `SIMULATOR_SHIFT`; what is missing or empty has its default. Throws an
 * Error of one line that names the variable, what it was and what it may be. `nameOf` lets a
 * command line name its option instead of the variable.
 */
export function parseSimulatorSettings(
  env: Readonly<Record<string, string | undefined>>,
  nameOf: (variable: string) => string = (variable) => variable,
): SimulatorSettings {
  function read<T>(variable: string, otherwise: T, expected: string, parse: Parse<T>): T {
    const text = env[variable]?.trim() ?? '';
    if (text === '') {
      return otherwise;
    }
    const value = parse(text);
    if (value === undefined) {
      throw new Error(`Expected ${nameOf(variable)} to be ${expected}, got '${text}'`);
    }
    return value;
  }

  const { seed, weekend, data, shift, startOffsetMs, speed } = DEFAULT_SETTINGS;
  return {
    seed: read('SIMULATOR_SEED', seed, 'a whole number from 0 to 4294967295', parseSeed),
    weekend: read('SIMULATOR_WEEKEND', weekend, `'open' or 'closed'`, parseWeekend),
    data: read('SIMULATOR_DATA', data, 'files or folders, separated by commas', parseData),
    shift: read('SIMULATOR_SHIFT', shift, `'weeks' or 'none'`, parseShift),
    startOffsetMs: read(
      'SIMULATOR_START',
      startOffsetMs,
      `a time before now, 20 years at most, such as '-3h', '-90m' or '-2d'`,
      parseStart,
    ),
    speed: read('SIMULATOR_SPEED', speed, `a number above 0, up to ${MAX_SPEED}`, parseSpeed),
  };
}

type Parse<T> = (text: string) => T | undefined;

function parseSeed(text: string): number | undefined {
  const seed = Number(text);
  return /^\d+$/.test(text) && seed < 2 ** 32 ? seed : undefined;
}

function parseWeekend(text: string): 'open' | 'closed' | undefined {
  return text === 'open' || text === 'closed' ? text : undefined;
}

function parseShift(text: string): 'weeks' | 'none' | undefined {
  return text === 'weeks' || text === 'none' ? text : undefined;
}

function parseData(text: string): readonly string[] | undefined {
  const paths = text
    .split(',')
    .flatMap((part) => part.split(delimiter))
    .map((path) => path.trim())
    .filter((path) => path !== '');
  return paths.length === 0 ? undefined : paths;
}

function parseStart(text: string): number | undefined {
  if (/^-?0[smhdw]?$/.test(text)) {
    return 0;
  }
  const [, count, unit = ''] = /^-(\d{1,6})([smhdw])$/.exec(text) ?? [];
  const unitMs = UNIT_MS[unit];
  const behindMs = unitMs === undefined ? Infinity : Number(count) * unitMs;
  return behindMs > MAX_START_MS ? undefined : -behindMs;
}

function parseSpeed(text: string): number | undefined {
  const speed = Number(text);
  return Number.isFinite(speed) && speed > 0 && speed <= MAX_SPEED ? speed : undefined;
}
