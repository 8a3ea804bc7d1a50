import {
  ERROR_CODES,
  type ReconnectRule,
  type StreamMessage,
  backoffDelayMs,
} from '@tickwire/protocol';

/** An error that the server told before it ended a connection. */
export type Refusal = Extract<StreamMessage, { readonly op: 'error' }>;

/** A server may be newer than this client, and have others. */
const CODES: Readonly<
  Record<
    string,
    { readonly close: number | undefined; readonly reconnect: ReconnectRule } | undefined
  >
> = ERROR_CODES;
const BACKOFF = { baseMs: 1_000, capMs: 30_000 };
const RETRY_AFTER_JITTER = 0.2;

/** How a connection ended, and after how many attempts. */
export interface Ending {
  /** The WebSocket's close code. */
  readonly code: number;
  readonly refusal: Refusal | undefined;
  /** How many attempts before this one came to nothing. */
  readonly attempt: number;
  /** For how long there has been no connection that lasted. */
  readonly awayMs: number;
}

/** How long to stay away after a connection has ended: undefined for ever. */
export function reconnectDelayMs(
  { code, refusal, attempt, awayMs }: Ending,
  random: () => number,
): number | undefined {
  // Short waits, one after another, would soon be followed by a long one for a server that is back.
  const capMs = Math.min(BACKOFF.capMs, Math.max(2 * BACKOFF.baseMs, awayMs));
  const backoffMs = (): number => backoffDelayMs(attempt, { ...BACKOFF, capMs }, random);
  switch (ruleAfter(code, refusal)) {
    case 'never':
      return undefined;
    case 'later':
      return refusal?.retry_after === undefined
        ? backoffMs()
        : Math.round(refusal.retry_after * 1_000 * (1 + random() * RETRY_AFTER_JITTER));
    case 'recover':
      return attempt === 0 ? 0 : backoffMs();
    default:
      return backoffMs();
  }
}

/** The wait before another attempt at what has failed, jittered. */
export function retryDelayMs(attempt: number, random: () => number): number {
  return backoffDelayMs(attempt, BACKOFF, random);
}

/** What to do after an error; undefined for one that is newer than this client. */
export function ruleOf(code: string): ReconnectRule | undefined {
  return CODES[code]?.reconnect;
}

/** What was told says more than how it ended: the connection may have broken before the close. */
function ruleAfter(code: number, refusal: Refusal | undefined): ReconnectRule {
  const told = refusal && ruleOf(refusal.error_code);
  const closed = Object.values(CODES).find((each) => each?.close === code);
  return told ?? closed?.reconnect ?? 'backoff';
}
