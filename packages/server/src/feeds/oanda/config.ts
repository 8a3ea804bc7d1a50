import type { ReconnectPolicy } from '../../ports/feed.ts';

/** Hosts without the `/v3` path: OANDA has one for requests and one for streams. */
export interface OandaHosts {
  readonly restUrl: string;
  readonly streamUrl: string;
}

/** What the OANDA feed needs to know. */
export interface OandaFeedConfig {
  /** Read anew for each connection: a simulator's are known only once it has started. */
  readonly hosts: OandaHosts;
  /** The personal access token; never logged. */
  readonly apiKey: string;
  /** Discovered (the first of the key's accounts) when unset. */
  readonly accountId?: string;
  readonly instruments: readonly string[];
}

/** OANDA's hosts by environment. Source: developer.oanda.com/rest-live-v20/development-guide. */
export const OANDA_HOSTS = {
  demo: {
    restUrl: 'https://api-fxpractice.oanda.com',
    streamUrl: 'https://stream-fxpractice.oanda.com',
  },
  live: {
    restUrl: 'https://api-fxtrade.oanda.com',
    streamUrl: 'https://stream-fxtrade.oanda.com',
  },
} as const satisfies Record<string, OandaHosts>;

/**
 * A stream sends a heartbeat every 5 s: without any line for this long it is dead.
 * Source: developer.oanda.com/rest-live-v20/pricing-ep.
 */
export const LINE_TIMEOUT_MS = 10_000;

/** How long an answer, or the beginning of a stream, may take. */
export const ANSWER_TIMEOUT_MS = 10_000;

/**
 * OANDA advises at most 100 requests a second on one connection and refuses beyond 120.
 * Source: developer.oanda.com/rest-live-v20/best-practices.
 */
export const REQUEST_SPACING_MS = 10;

/** How often instruments that the account does not have are looked for again. */
export const UNKNOWN_RECHECK_MS = 60_000;

/**
 * OANDA accepts two new connections a second.
 * Source: developer.oanda.com/rest-live-v20/development-guide.
 */
export const CONNECTIONS_PER_WINDOW = 2;
/** A little over a second: what counts is when a connection arrives, not when it was begun. */
export const CONNECTION_WINDOW_MS = 1_250;

export const RECONNECT_POLICY: ReconnectPolicy = {
  baseMs: 1_000,
  capMs: 30_000,
  floorMs: 500,
  refusedMs: 300_000,
};
