import { randomUUID } from 'node:crypto';
import { type MarketEvent, parseChannel } from '@tickwire/protocol';
import { toError } from '../../domain/errors.ts';
import { inTime } from '../../domain/in-time.ts';
import type {
  Bus,
  BusSubscriber,
  ChannelStart,
  ChannelWatcher,
  Envelope,
} from '../../ports/bus.ts';
import type { Position } from '../../ports/channel-log.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { RedisConnection, RedisUser } from '../../ports/redis.ts';
import { Readers } from '../readers.ts';
import { Follower } from './follower.ts';
import { RedisHistory } from './history.ts';
import { placeOf } from './messages.ts';
import { Mirror } from './mirror.ts';
import type { Announcement } from './operation.ts';
import { PublishScript } from './publish-script.ts';
import { Publisher } from './publisher.ts';
import { RedisTime } from './redis-time.ts';

export interface RedisBusStats {
  readonly waiting: number;
  readonly dropped: number;
  readonly suppressed: number;
  readonly rejected: number;
}

export interface RedisBusOptions {
  /** All keys and channels of ours begin with this. */
  readonly prefix?: string;
  /** How many messages of each channel are kept, and for how long: milliseconds. */
  readonly size: number;
  readonly maxAgeMs: number;
  /** What other programs are told of an event, over Redis. */
  readonly announce: (event: MarketEvent) => Announcement | undefined;
  /** Another process asks what a channel starts from. */
  readonly onAsked: (channel: string) => void;
  /** Why Redis cannot be used now; undefined while it can. */
  readonly trouble: () => string | undefined;
  /** Called with what a reader threw. */
  readonly onError: (error: Error) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

const PREFIX = 'tickwire:';
/** How long a stop waits for what is still to be published. */
const FLUSH_MS = 2_000;

/**
 * The tape of several processes. Redis numbers and keeps, in one step, and tells all of them, also
 * the one that has published: so all see one order. While Redis is away, what is published waits;
 * once it is back, what was missed is brought before anything newer.
 */
export class RedisBus implements Bus, RedisUser {
  readonly #options: RedisBusOptions;
  readonly #origin = randomUUID();
  readonly #readers: Readers;
  readonly #time: RedisTime;
  readonly #mirror: Mirror;
  readonly #history: RedisHistory;
  readonly #follower: Follower;
  readonly #script: PublishScript;
  readonly #publisher: Publisher;
  readonly #publishers = new Set<Publisher>();

  constructor(options: RedisBusOptions) {
    const { prefix = PREFIX, size, maxAgeMs, onError, onAsked, clock, logger } = options;
    this.#options = options;
    this.#readers = new Readers(onError);
    this.#time = new RedisTime(clock);
    this.#mirror = new Mirror(randomUUID(), { size, maxAgeMs, now: () => this.#time.now() });
    this.#history = new RedisHistory(prefix);
    this.#script = new PublishScript({
      prefix,
      origin: this.#origin,
      createEpoch: randomUUID,
      size,
      maxAgeMs,
    });
    this.#follower = new Follower({
      prefix,
      mirror: this.#mirror,
      history: this.#history,
      readers: this.#readers,
      onLive: (connection) => {
        this.#publishers.forEach((publisher) => {
          publisher.resume(connection);
        });
      },
      ask: (channel) => {
        this.#ask(channel);
      },
      onAsked,
      clock,
      logger,
    });
    this.#publisher = this.createPublisher();
  }

  /** The connection is started by itself, and this is one of its users. */
  start(): Promise<void> {
    return Promise.resolve();
  }

  get trouble(): string | undefined {
    return this.#options.trouble() ?? this.#publisher.refusal;
  }

  /**
   * How many operations wait for Redis, how many were dropped because too many waited, how many
   * events another process had published already, and how many messages were not understood.
   */
  get stats(): RedisBusStats {
    const { waiting, dropped, suppressed } = this.#publisher;
    return { waiting, dropped, suppressed, rejected: this.#follower.rejected };
  }

  /** The channels that have had messages. */
  get channels(): readonly string[] {
    return this.#mirror.channels;
  }

  /** Resolves when all that was published until now is carried, or cannot be for now. */
  async flush(): Promise<void> {
    await this.#publisher.flush();
  }

  publish(event: MarketEvent): void {
    const announcement = this.#options.announce(event);
    this.#publisher.push({ kind: 'event', event, announcement, isVersioned: true });
  }

  begin(start: ChannelStart): void {
    this.#publisher.push({ kind: 'begin', start });
  }

  forget(channel: string): void {
    this.#publisher.push({ kind: 'forget', channel });
  }

  breakAt(channel: string): void {
    this.#publisher.push({ kind: 'break', channel });
  }

  /**
   * A way of its own to publish. With a token, nothing is published any more once the relay's lease
   * has another.
   */
  createPublisher(token?: string): Publisher {
    const { clock, logger } = this.#options;
    const publisher = new Publisher({
      name: randomUUID(),
      script: this.#script,
      ...(token === undefined ? {} : { token }),
      clock,
      logger,
    });
    this.#publishers.add(publisher);
    const { live } = this.#follower;
    if (live !== undefined) {
      publisher.resume(live);
    }
    return publisher;
  }

  /** Ends a way to publish; what waits is given up. */
  removePublisher(publisher: Publisher): void {
    publisher.pause();
    this.#publishers.delete(publisher);
  }

  subscribe(subscriber: BusSubscriber): () => void {
    return this.#readers.subscribe(subscriber);
  }

  watch(watcher: ChannelWatcher): () => void {
    return this.#readers.watch(watcher);
  }

  isOwn({ origin }: Envelope): boolean {
    return origin === this.#origin;
  }

  position(channel: string): Position {
    return this.#mirror.position(channel);
  }

  async since(channel: string, { epoch, seq }: Position): Promise<readonly Envelope[] | undefined> {
    if (epoch !== this.#mirror.epoch) {
      return undefined;
    }
    const known = this.#mirror.since(channel, seq);
    if (known !== undefined) {
      return known === 'none' ? undefined : known;
    }
    const { live } = this.#follower;
    return live && this.#readSince(live, channel, { epoch, seq });
  }

  async opened(connection: RedisConnection): Promise<void> {
    await this.#time.read(connection);
    await this.#follower.open(connection);
  }

  ended(): void {
    this.#follower.end();
    this.#publishers.forEach((publisher) => {
      publisher.pause();
    });
  }

  async close(): Promise<void> {
    const all = Promise.all(Array.from(this.#publishers, (publisher) => publisher.flush()));
    await inTime(all, FLUSH_MS, this.#options.clock);
    this.#readers.clear();
  }

  /** Reads from Redis what this process had, and does not keep any more or has never kept. */
  async #readSince(
    connection: RedisConnection,
    channel: string,
    { epoch, seq }: Position,
  ): Promise<readonly Envelope[] | undefined> {
    const { maxAgeMs, logger } = this.#options;
    try {
      const kept = await this.#history.from(connection, epoch, channel, seq + 1);
      const young = kept.filter(({ at }) => at >= this.#time.now() - maxAgeMs);
      const head = this.#mirror.position(channel);
      // What this process has not had yet comes live.
      const missed = young.slice(0, Math.max(0, head.seq - seq));
      const isWhole = missed.every(
        (message, index) => placeOf(message, channel) === seq + 1 + index,
      );
      return head.epoch === epoch && isWhole && missed.length === head.seq - seq
        ? missed
        : undefined;
    } catch (error) {
      logger.debug({ err: toError(error), channel }, 'Its history cannot be read');
      return undefined;
    }
  }

  /** Has whoever follows a channel tell what it starts from, where its newest message is not that. */
  #ask(channel: string): void {
    const kind = parseChannel(channel)?.kind;
    if (kind === 'candles' || kind === 'orderbook') {
      this.#publisher.push({ kind: 'ask', channel });
    }
  }
}
