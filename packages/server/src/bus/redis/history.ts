import type { RedisConnection, RedisReply } from '../../ports/redis.ts';
import { type NumberedMessage, readNumbered } from './messages.ts';

/** Reads what Redis keeps of channels. */
export class RedisHistory {
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** The messages of a channel from a number on, as far as they are kept, oldest first. */
  async from(
    connection: RedisConnection,
    epoch: string,
    channel: string,
    seq: number,
  ): Promise<readonly NumberedMessage[]> {
    return readEntries(
      await connection.command('XRANGE', this.#keyOf(epoch, channel), `${seq}-0`, '+'),
    );
  }

  /** The newest messages of a channel, oldest first: at most so many. */
  async newest(
    connection: RedisConnection,
    epoch: string,
    channel: string,
    count: number,
  ): Promise<readonly NumberedMessage[]> {
    const key = this.#keyOf(epoch, channel);
    return readEntries(
      await connection.command('XREVRANGE', key, '+', '-', 'COUNT', String(count)),
    ).toReversed();
  }

  #keyOf(epoch: string, channel: string): string {
    return `${this.#prefix}history:${epoch}:${channel}`;
  }
}

/** An entry is its id and its one field, whose value is the message. */
function readEntries(reply: RedisReply): readonly NumberedMessage[] {
  const entries = Array.isArray(reply) ? (reply as readonly RedisReply[]) : [];
  return entries.flatMap((entry) => {
    const fields = Array.isArray(entry) ? (entry as readonly RedisReply[])[1] : undefined;
    const text = Array.isArray(fields) ? (fields as readonly RedisReply[])[1] : undefined;
    return (typeof text === 'string' ? readNumbered(text) : undefined) ?? [];
  });
}
