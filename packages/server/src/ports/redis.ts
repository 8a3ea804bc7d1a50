/** What Redis answers: RESP 2, strings as text. */
export type RedisReply = string | number | null | readonly RedisReply[];

/** Called with each message of a channel. */
export type RedisListener = (message: string, channel: string) => void;

/** One connection to Redis, from when it stands until it ends; there is no second life. */
export interface RedisConnection {
  /**
   * Sends a command. Rejects with a RedisError: `REDIS_UNAVAILABLE` where the connection has ended,
   * and then nobody knows whether it was carried out; `REDIS_REFUSED` where Redis has said no.
   */
  command(...command: readonly string[]): Promise<RedisReply>;
  /** Resolves once every message that is published on a channel comes, in the order of all. */
  subscribe(channel: string, listener: RedisListener): Promise<void>;
  /** The same for the channels of a pattern. */
  subscribePattern(pattern: string, listener: RedisListener): Promise<void>;
}

/** Who works with Redis for as long as a connection lasts. */
export interface RedisUser {
  /** A connection stands. Rejects where it cannot be used: then it ends, and another is tried. */
  opened(connection: RedisConnection): Promise<void>;
  /** It has ended; what was asked of it is rejected. */
  ended(): void;
}
