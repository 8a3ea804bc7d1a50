/** The commands that faults are ordered with, as a program or an HTTP client writes them. */

/** What each fault takes besides how long it lasts. */
interface FaultFields {
  readonly drop: { readonly mode?: 'reset' | 'end' };
  readonly stall: object;
  readonly 'split-lines': object;
  readonly 'join-lines': object;
  readonly malformed: { readonly every?: number };
  readonly unauthorized: object;
  readonly 'too-many-requests': object;
  readonly unavailable: object;
  readonly 'unknown-instrument': { readonly instrument: string };
  readonly slow: { readonly delayMs: number };
  readonly 'sequence-gap': { readonly topic?: string };
  readonly 'restart-book': { readonly topic?: string };
  readonly 'delta-first': { readonly topic?: string };
  readonly 're-snapshot': { readonly topic?: string };
  readonly 'refuse-topic': { readonly topic: string };
  readonly 'close-every': { readonly everyMs: number };
}

interface Duration {
  /** How many answers or lines it applies to; without it and `forMs`, until it is cleared. */
  readonly count?: number;
  /** How long it lasts, in real milliseconds. */
  readonly forMs?: number;
}

export type FaultName = keyof FaultFields;

/**
 * What can be made to go wrong.
 *
 * - `drop`: closes every open stream at once, by a TCP reset or a clean end. With `count` it
 *   closes that many, those to come included; with `forMs` also every stream opened meanwhile.
 * - `stall`: streams stay open and say nothing, no heartbeats either.
 * - `split-lines`: each line comes in two chunks. `join-lines`: two lines come in one chunk.
 * - `malformed`: every nth line is preceded by a line of broken JSON.
 * - `unauthorized`, `too-many-requests`, `unavailable`: answers 401, 429, or 503 with HTML.
 * - `unknown-instrument`: the instrument is not in the list, is refused and ends its streams.
 * - `slow`: every answer and every start of a stream waits.
 *
 * Of OANDA's alone are `split-lines` and `join-lines`, of Bybit's those below. Unless they are
 * given a `count` or `forMs`, the first four happen once.
 *
 * - `sequence-gap`: one delta of an order book is left out.
 * - `restart-book`: an order book begins anew with `u` 1. `re-snapshot`: a snapshot comes in the
 *   place of a delta, in a book or a ticker.
 * - `delta-first`: whoever subscribes to a book or a ticker gets a delta before its snapshot.
 * - `refuse-topic`: a topic is refused as if there were none of its name.
 * - `close-every`: all sockets are closed by force each so many real milliseconds.
 */
export type FaultCommand = {
  [Name in FaultName]: { readonly fault: Name } & FaultFields[Name] & Duration;
}[FaultName];

/** The command that orders one of the faults. */
export type FaultCommandOf<Name extends FaultName> = Extract<FaultCommand, { fault: Name }>;

/** The names of all faults. */
export const FAULT_NAMES = [
  'drop',
  'stall',
  'split-lines',
  'join-lines',
  'malformed',
  'unauthorized',
  'too-many-requests',
  'unavailable',
  'unknown-instrument',
  'slow',
  'sequence-gap',
  'restart-book',
  'delta-first',
  're-snapshot',
  'refuse-topic',
  'close-every',
] as const satisfies readonly FaultName[];

/** Tells whether a text is the name of a fault. */
export function isFaultName(text: unknown): text is FaultName {
  return (FAULT_NAMES as readonly unknown[]).includes(text);
}

/** The one field that is a fault's alone. */
const OWN_FIELDS: ReadonlyMap<FaultName, string> = new Map([
  ['drop', 'mode'],
  ['malformed', 'every'],
  ['unknown-instrument', 'instrument'],
  ['slow', 'delayMs'],
  ['sequence-gap', 'topic'],
  ['restart-book', 'topic'],
  ['delta-first', 'topic'],
  ['re-snapshot', 'topic'],
  ['refuse-topic', 'topic'],
  ['close-every', 'everyMs'],
]);
/** What happens to one frame happens once unless it is asked for more. */
const ONCE: readonly FaultName[] = ['sequence-gap', 'restart-book', 'delta-first', 're-snapshot'];
const MAX_DURATION_MS = 86_400_000;
const MAX_DELAY_MS = 600_000;
const MAX_COUNT = 1_000_000;

/** Reads a command; throws an Error that says what was expected and what was there. */
export function parseFaultCommand(body: unknown): FaultCommand {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new Error(`Expected a JSON object such as {"fault":"drop"}`);
  }
  const fields = new Map<string, unknown>(Object.entries(body));
  const fault = fields.get('fault');
  if (!isFaultName(fault)) {
    throw new Error(`Expected 'fault' to be one of ${FAULT_NAMES.join(', ')}, got ${show(fault)}`);
  }
  const own = OWN_FIELDS.get(fault);
  for (const name of fields.keys()) {
    if (!['fault', 'count', 'forMs', own].includes(name)) {
      throw new Error(`Expected no field '${name}' with the fault '${fault}'`);
    }
  }
  const forMs = wholeNumber(fields, 'forMs', MAX_DURATION_MS);
  const isOnce = forMs === undefined && ONCE.includes(fault);
  const count = wholeNumber(fields, 'count', MAX_COUNT) ?? (isOnce ? 1 : undefined);
  const duration = {
    ...(count === undefined ? {} : { count }),
    ...(forMs === undefined ? {} : { forMs }),
  };
  return { ...parseOwn(fault, fields), ...duration };
}

function parseOwn(fault: FaultName, fields: ReadonlyMap<string, unknown>): FaultCommand {
  if (fault === 'drop') {
    const mode = fields.get('mode') ?? 'reset';
    if (mode !== 'reset' && mode !== 'end') {
      throw new Error(`Expected 'mode' to be 'reset' or 'end', got ${show(mode)}`);
    }
    return { fault, mode };
  }
  if (fault === 'malformed') {
    return { fault, every: wholeNumber(fields, 'every', MAX_COUNT) ?? 1 };
  }
  if (fault === 'unknown-instrument') {
    const instrument = fields.get('instrument');
    if (typeof instrument !== 'string' || instrument === '') {
      throw new Error(`Expected 'instrument' to be a name like EUR_USD, got ${show(instrument)}`);
    }
    return { fault, instrument };
  }
  if (fault === 'slow') {
    const delayMs = wholeNumber(fields, 'delayMs', MAX_DELAY_MS);
    if (delayMs === undefined) {
      throw new Error(`Expected 'delayMs' to be there: how long each answer waits`);
    }
    return { fault, delayMs };
  }
  if (fault === 'close-every') {
    const everyMs = wholeNumber(fields, 'everyMs', MAX_DELAY_MS);
    if (everyMs === undefined) {
      throw new Error(`Expected 'everyMs' to be there: how long sockets stay open`);
    }
    return { fault, everyMs };
  }
  if (fault === 'refuse-topic') {
    const topic = readTopic(fields);
    if (topic === undefined) {
      throw new Error(`Expected 'topic' to be there, such as kline.1.BTCUSDT`);
    }
    return { fault, topic };
  }
  if (
    fault === 'sequence-gap' ||
    fault === 'restart-book' ||
    fault === 'delta-first' ||
    fault === 're-snapshot'
  ) {
    const topic = readTopic(fields);
    return topic === undefined ? { fault } : { fault, topic };
  }
  return { fault };
}

function readTopic(fields: ReadonlyMap<string, unknown>): string | undefined {
  const topic = fields.get('topic');
  if (topic !== undefined && (typeof topic !== 'string' || topic === '')) {
    throw new Error(`Expected 'topic' to be a name like orderbook.50.BTCUSDT, got ${show(topic)}`);
  }
  return topic;
}

function wholeNumber(
  fields: ReadonlyMap<string, unknown>,
  name: string,
  max: number,
): number | undefined {
  const value = fields.get(name);
  if (value === undefined) {
    return undefined;
  }
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > max) {
    throw new Error(`Expected '${name}' to be a whole number from 1 to ${max}, got ${show(value)}`);
  }
  return value;
}

function show(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}
