import { RedisError, toError } from '../domain/errors.ts';
import { inTime } from '../domain/in-time.ts';
import { Spacing } from '../domain/spacing.ts';
import type { Cache, CacheFields, CacheUsage, FieldsKey, TextKey } from '../ports/cache.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { RedisConnection, RedisReply, RedisUser } from '../ports/redis.ts';
import { type RedisSample, takeSample } from './redis-sample.ts';

export interface RedisCacheOptions {
  /** As clients are told. */
  readonly host: string;
  readonly port: number;
  /** Those whose keys are counted. */
  readonly instruments: readonly string[];
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A connection, from when it stands until it ends. */
interface Life {
  readonly connection: RedisConnection;
  readonly stop: AbortController;
  /** How many commands had no answer in time, and still have none. */
  overdue: number;
  sample: RedisSample | undefined;
}

const ANSWER_WITHIN_MS = 500;
const SAMPLE_EVERY_MS = 2_000;
const LOG_SPACING_MS = 60_000;

const NOTHING_KNOWN: RedisSample = {
  usedBytes: 0,
  maxBytes: 0,
  operations: 0,
  operationsPerSecond: 0,
  priceKeys: 0,
  metricKeys: 0,
  totalKeys: 0,
};

/** Key: the one to write. Arguments: its milliseconds, then fields and values. */
const SET_FIELDS = `
redis.call('DEL', KEYS[1])
if #ARGV > 1 then
  redis.call('HSET', KEYS[1], unpack(ARGV, 2))
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
end
`;

/**
 * The cache that other programs share. While a command has had no answer in time, Redis is not
 * asked anything more: callers are refused at once, and no commands pile up for when it is back.
 */
export class RedisCache implements Cache, RedisUser {
  readonly #options: RedisCacheOptions;
  readonly #logSpacing = new Spacing(LOG_SPACING_MS);
  #life: Life | undefined;

  constructor(options: RedisCacheOptions) {
    this.#options = options;
  }

  async opened(connection: RedisConnection): Promise<void> {
    const life: Life = { connection, stop: new AbortController(), overdue: 0, sample: undefined };
    this.#life = life;
    await this.#sample(life);
    void this.#keepSampling(life);
  }

  ended(): void {
    this.#life?.stop.abort();
    this.#life = undefined;
  }

  async setFields(key: FieldsKey, fields: CacheFields, ttlMs: number): Promise<void> {
    const pairs = Object.entries(fields).flat();
    await this.#ask('EVAL', SET_FIELDS, '1', key, toTtl(ttlMs), ...pairs);
  }

  async fields(key: FieldsKey): Promise<CacheFields | undefined> {
    const reply = await this.#read('HGETALL', key);
    return Array.isArray(reply) && reply.length > 0 ? toFields(reply) : undefined;
  }

  async setText(key: TextKey, text: string, ttlMs: number): Promise<void> {
    await this.#ask('SET', key, text, 'PX', toTtl(ttlMs));
  }

  async text(key: TextKey): Promise<string | undefined> {
    const reply = await this.#read('GET', key);
    return typeof reply === 'string' ? reply : undefined;
  }

  usage(): CacheUsage {
    const { host, port } = this.#options;
    const isConnected = this.#life?.overdue === 0;
    const sample = isConnected ? this.#life?.sample : undefined;
    return { address: { host, port }, isConnected, ...(sample ?? NOTHING_KNOWN) };
  }

  /** Rejects with a RedisError; in time, whatever Redis does. */
  async #ask(...command: readonly string[]): Promise<RedisReply> {
    const life = this.#life;
    if (life === undefined) {
      throw new RedisError('REDIS_UNAVAILABLE', 'It is not connected');
    }
    if (life.overdue > 0) {
      throw new RedisError('REDIS_UNAVAILABLE', 'It does not answer');
    }
    const reply = life.connection.command(...command);
    if (await inTime(reply, ANSWER_WITHIN_MS, this.#options.clock)) {
      return reply;
    }
    life.overdue += 1;
    const settle = (): void => {
      life.overdue -= 1;
    };
    void reply.then(settle, settle);
    throw new RedisError('REDIS_UNAVAILABLE', `No answer within ${ANSWER_WITHIN_MS} ms`);
  }

  async #read(...command: readonly string[]): Promise<RedisReply | undefined> {
    try {
      return await this.#ask(...command);
    } catch (error) {
      this.#noteRefusal(toError(error));
      return undefined;
    }
  }

  async #keepSampling(life: Life): Promise<void> {
    const { signal } = life.stop;
    await this.#options.clock.sleep(SAMPLE_EVERY_MS, signal);
    while (!signal.aborted) {
      await this.#sample(life);
      await this.#options.clock.sleep(SAMPLE_EVERY_MS, signal);
    }
  }

  /** Never rejects: without counts a cache is as good. */
  async #sample(life: Life): Promise<void> {
    try {
      const { instruments } = this.#options;
      life.sample = await takeSample((...command) => this.#ask(...command), instruments);
    } catch (error) {
      this.#noteRefusal(toError(error));
    }
  }

  /** That it is away, whoever keeps the connection says. */
  #noteRefusal(error: Error): void {
    const isRefusal = error instanceof RedisError && error.code === 'REDIS_REFUSED';
    const { clock, logger } = this.#options;
    if (isRefusal && this.#logSpacing.take(clock.elapsed())) {
      logger.warn({ err: error }, 'Redis refuses what the cache asks');
    }
  }
}

/** Redis takes whole milliseconds from 1. */
function toTtl(ms: number): string {
  return String(Math.max(1, Math.round(ms)));
}

function toFields(reply: readonly RedisReply[]): CacheFields {
  const fields: (readonly [string, string])[] = [];
  for (let at = 0; at + 1 < reply.length; at += 2) {
    fields.push([String(reply[at]), String(reply[at + 1])]);
  }
  return Object.fromEntries(fields);
}
