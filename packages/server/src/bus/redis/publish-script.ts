import { createHash } from 'node:crypto';
import { RedisError } from '../../domain/errors.ts';
import type { RedisConnection } from '../../ports/redis.ts';
import { PUBLISH } from './scripts.ts';

export interface PublishScriptOptions {
  /** All keys and channels of ours begin with this. */
  readonly prefix: string;
  /** Under which this process publishes. */
  readonly origin: string;
  /** The epoch that begins where there is none: each time another. */
  readonly createEpoch: () => string;
  /** How many messages of each channel are kept, and for how long. */
  readonly size: number;
  readonly maxAgeMs: number;
}

/** A batch of operations, as the script takes it. */
export interface ScriptBatch {
  readonly name: string;
  readonly number: number;
  readonly token: string;
  readonly operations: readonly string[];
}

/** The key under which whoever relays has its lease. */
export function relayLeaseKey(prefix: string): string {
  return `${prefix}lease:relay`;
}

const SHA = createHash('sha1').update(PUBLISH).digest('hex');

/** Runs the script that publishes, sent to Redis only where it does not have it. */
export class PublishScript {
  readonly #options: PublishScriptOptions;

  constructor(options: PublishScriptOptions) {
    this.#options = options;
  }

  /** Answers as {@link PUBLISH} does; rejects with a RedisError. */
  async run(connection: RedisConnection, batch: ScriptBatch): Promise<number> {
    const { prefix, origin, createEpoch, size, maxAgeMs } = this.#options;
    const { name, number, token, operations } = batch;
    const rest = [
      '3',
      `${prefix}heads`,
      `${prefix}publisher:${name}`,
      relayLeaseKey(prefix),
      prefix,
      String(number),
      token,
      createEpoch(),
      String(size),
      String(Math.ceil(maxAgeMs)),
      origin,
      ...operations,
    ];
    try {
      return Number(await connection.command('EVALSHA', SHA, ...rest));
    } catch (error) {
      if (error instanceof RedisError && error.message.startsWith('NOSCRIPT')) {
        return Number(await connection.command('EVAL', PUBLISH, ...rest));
      }
      throw error;
    }
  }
}
