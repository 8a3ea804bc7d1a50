import { randomUUID } from 'node:crypto';
import { toError } from '../../domain/errors.ts';
import { Spacing } from '../../domain/spacing.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { RedisConnection } from '../../ports/redis.ts';
import type { Readers } from '../readers.ts';
import { catchUp } from './catch-up.ts';
import type { RedisHistory } from './history.ts';
import { type BusMessage, type NumberedMessage, readBusMessages } from './messages.ts';
import type { Mirror } from './mirror.ts';

export interface FollowerOptions {
  readonly prefix: string;
  readonly mirror: Mirror;
  readonly history: RedisHistory;
  readonly readers: Readers;
  /** All that was missed was brought, and what comes now follows on it. */
  readonly onLive: (connection: RedisConnection) => void;
  /** Has whoever follows a channel tell what it starts from. */
  readonly ask: (channel: string) => void;
  /** Another process asks what a channel starts from. */
  readonly onAsked: (channel: string) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

const LOG_SPACING_MS = 60_000;
/** How much of a text that is not understood is shown. */
const SHOWN_TEXT = 100;
const RETRY_MS = 250;

/** Brings what is published over Redis to the readers of this process: all of it, in order. */
export class Follower {
  readonly #options: FollowerOptions;
  readonly #logSpacing = new Spacing(LOG_SPACING_MS);
  #connection: RedisConnection | undefined;
  /** What comes while it is read what was missed; undefined while all that comes is taken in. */
  #arrived: BusMessage[] | undefined = [];
  #rejected = 0;

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  /** The connection over which all that comes is taken in; undefined while there is none. */
  get live(): RedisConnection | undefined {
    return this.#isLive() ? this.#connection : undefined;
  }

  /** How many messages could not be understood. */
  get rejected(): number {
    return this.#rejected;
  }

  /** Resolves when what was missed was brought; rejects where the connection cannot be used. */
  async open(connection: RedisConnection): Promise<void> {
    this.#arrived = [];
    this.#connection = connection;
    await connection.subscribe(`${this.#options.prefix}bus`, (text) => {
      if (this.#connection === connection) {
        this.#receive(text);
      }
    });
    await this.#catchUp(connection);
  }

  /** The connection has ended. */
  end(): void {
    this.#connection = undefined;
    this.#arrived = [];
  }

  /** Reads what was missed, then takes in what came meanwhile, and goes live. */
  async #catchUp(connection: RedisConnection): Promise<void> {
    const { mirror, history, prefix, readers, ask, onLive } = this.#options;
    // What was numbered before the heads are read is counted there, or was never on the tape.
    this.#arrived = this.#arrived?.filter((message) => !('event' in message));
    const known = mirror.channels;
    await catchUp({
      connection,
      mirror,
      history,
      prefix,
      createEpoch: randomUUID,
      bring: (message) => {
        this.#bring(message);
      },
      onNewest: (message) => {
        readers.tell((watcher) => watcher.onNewest?.(message));
      },
      onLost: (channel) => {
        readers.tell((watcher) => watcher.onLost?.(channel));
        ask(channel);
      },
      onResumed: (channel) => {
        readers.tell((watcher) => watcher.onResumed?.(channel));
      },
      onRenumbered: () => {
        readers.tell((watcher) => watcher.onRenumbered?.());
        known.forEach(ask);
      },
    });
    if (this.#connection !== connection) {
      return;
    }
    const arrived = this.#arrived ?? [];
    this.#arrived = undefined;
    this.#takeAll(arrived.filter((message) => !this.#wasHad(message)));
    if (this.#isLive()) {
      onLive(connection);
    }
  }

  /** Until it has been done over this connection; where that ends, the next begins with it. */
  async #catchUpAgain(): Promise<void> {
    const { clock, logger } = this.#options;
    const connection = this.#connection;
    while (connection !== undefined && this.#connection === connection && !this.#isLive()) {
      try {
        await this.#catchUp(connection);
        return;
      } catch (error) {
        logger.debug({ err: toError(error) }, 'What was missed cannot be read');
        await clock.sleep(RETRY_MS);
      }
    }
  }

  #receive(text: string): void {
    const messages = readBusMessages(text);
    if (messages === undefined) {
      this.#noteRejected(text);
    } else if (this.#arrived === undefined) {
      this.#takeAll(messages);
    } else {
      this.#arrived.push(...messages);
    }
  }

  #takeAll(messages: readonly BusMessage[]): void {
    messages.forEach((message, index) => {
      if (!this.#isLive()) {
        return;
      }
      if ('event' in message && !this.#follows(message)) {
        this.#arrived = messages.slice(index);
        void this.#catchUpAgain();
      } else {
        this.#take(message);
      }
    });
  }

  #isLive(): boolean {
    return this.#arrived === undefined;
  }

  #follows({ channel, epoch, seq }: NumberedMessage): boolean {
    const position = this.#options.mirror.position(channel);
    return epoch === position.epoch && seq === position.seq + 1;
  }

  /** Whether a message that came while others were read is among those. */
  #wasHad(message: BusMessage): boolean {
    if (!('event' in message)) {
      return false;
    }
    const position = this.#options.mirror.position(message.channel);
    return message.epoch === position.epoch && message.seq <= position.seq;
  }

  #take(message: BusMessage): void {
    if ('event' in message) {
      this.#bring(message);
    } else if ('start' in message) {
      this.#options.readers.tell((watcher) => watcher.onStart?.(message.start));
    } else if ('broken' in message) {
      this.#break(message.broken, message.seq);
    } else if ('forgotten' in message) {
      this.#options.readers.tell((watcher) => watcher.onForgotten?.(message.forgotten));
    } else {
      this.#answer(message.asked);
    }
  }

  #break(channel: string, seq: number): void {
    const { mirror, readers } = this.#options;
    // One that was known from the heads already is not where this process stands any more.
    if (mirror.position(channel).seq === seq) {
      const hadSome = seq > 0 && mirror.canFollow(channel, seq);
      mirror.break(channel);
      if (hadSome) {
        // Whoever follows the channel has not come back to it, and has missed something as well.
        readers.tell((watcher) => watcher.onLost?.(channel));
        readers.tell((watcher) => watcher.onResumed?.(channel));
      }
    }
  }

  #answer(channel: string): void {
    try {
      this.#options.onAsked(channel);
    } catch (error) {
      const fields = { err: toError(error), channel };
      this.#options.logger.error(fields, 'What a channel starts from could not be told');
    }
  }

  #bring(message: NumberedMessage): void {
    this.#options.mirror.take(message);
    this.#options.readers.bring(message);
  }

  #noteRejected(text: string): void {
    const { clock, logger } = this.#options;
    this.#rejected += 1;
    if (this.#logSpacing.take(clock.elapsed())) {
      const fields = { rejected: this.#rejected, text: text.slice(0, SHOWN_TEXT) };
      logger.warn(fields, 'Dropped what is no message of ours on our own channel');
    }
  }
}
