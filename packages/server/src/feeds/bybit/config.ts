import type { ReconnectPolicy } from '../../ports/feed.ts';

/** Bybit's markets that have public streams of candles, trades, tickers and books. */
export const BYBIT_CATEGORIES = ['linear', 'inverse', 'spot'] as const;
export type BybitCategory = (typeof BYBIT_CATEGORIES)[number];

/** Hosts without the `/v5` path. */
export interface BybitHosts {
  readonly wsUrl: string;
  readonly restUrl: string;
}

/** What the feed of one category needs to know. */
export interface BybitFeedConfig {
  /** Read anew for each connection: a simulator's are known only once it has started. */
  readonly hosts: BybitHosts;
  readonly category: BybitCategory;
  /** What the names of our instruments have before Bybit's symbol; may be empty. */
  readonly instrumentPrefix: string;
  /** How many levels of a book to follow on each side: one of those that Bybit offers. */
  readonly bookDepth: number;
}

/**
 * Bybit's hosts by environment; the demo environment has no public streams of its own.
 * Source: bybit-exchange.github.io/docs/v5/ws/connect and …/v5/guide.
 */
export const BYBIT_HOSTS = {
  live: { wsUrl: 'wss://stream.bybit.com', restUrl: 'https://api.bybit.com' },
  testnet: {
    wsUrl: 'wss://stream-testnet.bybit.com',
    restUrl: 'https://api-testnet.bybit.com',
  },
} as const satisfies Record<string, BybitHosts>;

/**
 * Bybit asks for a ping every 20 s; relays of its engine were seen to cut quiet sockets after 10 s
 * and after 61 s, so that it is sent more often. Source: …/v5/ws/connect, UPSTREAMS B2.
 */
export const PING_MS = 9_000;
/** Without a pong and without data for this long a socket is dead. */
export const SILENCE_MS = 28_000;

/** Bybit sends a candle at least once a minute, whatever its market. Source: …/public/kline. */
export const QUIET_MS = 65_000;

/** How long an answer may take: to a request, a subscription or a handshake. */
export const ANSWER_TIMEOUT_MS = 10_000;

/** Topics in one frame: ten at most on spot. Source: …/v5/ws/connect. */
export const TOPICS_PER_FRAME = {
  linear: 200,
  inverse: 200,
  spot: 10,
} as const satisfies Record<BybitCategory, number>;

/** Characters of all topics of one connection together. Source: …/v5/ws/connect. */
export const TOPIC_CHARACTERS = 21_000;

/** How often what the venue did not bring is tried again. */
export const RECHECK_MS = 60_000;

/**
 * Requests at one time, in one burst, and a second for ever: 300 in 5 s at most, of the 600 that one
 * address may send. Source: …/v5/rate-limit.
 */
export const CONCURRENT_REQUESTS = 4;
export const REQUEST_BURST = 50;
export const REQUESTS_PER_SECOND = 50;

/** The time over which Bybit counts requests: who has sent too many waits as long. Source: …/v5/rate-limit. */
export const RATE_WINDOW_MS = 5_000;

/** How long to be silent after a 403: the address is banned. Source: …/v5/rate-limit. */
export const BAN_MS = 600_000;

/** How many candles a channel starts from. */
export const SEED_CANDLES = 200;

/** Candles in one answer. Source: …/v5/market/kline. */
export const CANDLES_PER_ANSWER = 1_000;

/**
 * Bybit allows 500 connections in 5 min for each address. Three categories that begin one every
 * 2 s stay within.
 */
export const RECONNECT_POLICY: ReconnectPolicy = {
  baseMs: 1_000,
  capMs: 30_000,
  floorMs: 2_000,
  refusedMs: 1_200_000,
};
