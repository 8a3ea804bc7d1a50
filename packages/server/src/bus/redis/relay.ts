import type { MarketEvent } from '@tickwire/protocol';
import { UnknownInstrumentError, toError } from '../../domain/errors.ts';
import { inTime } from '../../domain/in-time.ts';
import type { Bus } from '../../ports/bus.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { RedisConnection, RedisUser } from '../../ports/redis.ts';
import { isAnnouncement, isMarked } from './announcement.ts';
import { Lease } from './lease.ts';
import { relayLeaseKey } from './publish-script.ts';
import type { Publisher } from './publisher.ts';
import type { RedisBus } from './redis-bus.ts';
import { type RejectCounts, type RejectReason, RelayRejections } from './relay-rejections.ts';

/** The way onto the tape for as long as this process relays. */
export type RelayBus = Pick<Bus, 'publish' | 'begin' | 'breakAt'>;

/** Takes in what other programs have published, for as long as this process relays. */
export interface RelayTaker {
  accept(event: MarketEvent): void;
  tellStart(channel: string): void;
}

export interface RelayOptions {
  /** All keys and channels of ours begin with this. */
  readonly prefix?: string;
  readonly bus: Pick<RedisBus, 'createPublisher' | 'removePublisher'>;
  /** Reads a message of a channel; throws an InvalidMessageError for what is not as it should be. */
  readonly parse: (channel: string, payload: unknown) => MarketEvent;
  /** Called each time that this process begins to relay. */
  readonly createTaker: (bus: RelayBus) => RelayTaker;
  readonly clock: Clock;
  readonly logger: Logger;
}

const PREFIX = 'tickwire:';
/** Where other programs publish: channels, and patterns of channels. */
const CHANNELS = ['price_updates', 'volatility_alerts', 'correlation_alerts', 'data_ready'];
const PATTERNS = ['candles:*', 'trades:*', 'ticker:*'];
/** In UTF-16 units. The longest that a venue has are a thousand trades: 150,000. */
const MAX_TEXT_LENGTH = 262_144;
/** How long a stop waits for what was taken to be on the tape. */
const FLUSH_MS = 1_000;
/** How long it waits for Redis to take the lease back. */
const RELEASE_MS = 500;

/** From when this process has the lease until it has lost it. */
interface Term {
  readonly token: string;
  readonly publisher: Publisher;
  readonly taker: RelayTaker;
  /** Its own marker has come back: what comes now was taken by nobody before. */
  isOpen: boolean;
}

/**
 * Brings what other programs publish onto the tape. Of all processes that have one, the holder of the
 * lease alone takes messages, and only those that come after a marker that it has sent when it got
 * the lease. Whoever had it before may have taken what came before the marker, and cannot publish any
 * more what comes after, because Redis refuses its token. So a message may be lost while the lease
 * passes on, but is never taken twice.
 */
export class Relay implements RedisUser {
  readonly #options: RelayOptions;
  readonly #markerChannel: string;
  readonly #lease: Lease;
  readonly #rejections: RelayRejections;
  #connection: RedisConnection | undefined;
  #term: Term | undefined;
  #taken = 0;
  #closing: Promise<void> | undefined;

  constructor(options: RelayOptions) {
    const { prefix = PREFIX, clock, logger } = options;
    this.#options = options;
    this.#markerChannel = `${prefix}relay`;
    this.#rejections = new RelayRejections(clock, logger);
    this.#lease = new Lease({
      key: relayLeaseKey(prefix),
      onHeld: async (token, connection) => {
        await this.#begin(token, connection);
      },
      onLost: () => {
        this.#endTerm();
      },
      clock,
      logger,
    });
  }

  /** Whether this process is the one that takes messages. */
  get isRelaying(): boolean {
    return this.#term?.isOpen === true && this.#lease.isHeld;
  }

  /** How many messages were taken. */
  get taken(): number {
    return this.#taken;
  }

  /** How many messages were dropped, by kind of channel and reason. */
  get rejected(): RejectCounts {
    return this.#rejections.counts;
  }

  /** Tells all what a channel starts from, if it is this process that relays it. */
  tellStart(channel: string): void {
    if (this.isRelaying) {
      this.#term?.taker.tellStart(channel);
    }
  }

  async opened(connection: RedisConnection): Promise<void> {
    if (this.#closing !== undefined) {
      return;
    }
    this.#connection = connection;
    const listen =
      (take: (text: string, channel: string) => void) =>
      (text: string, channel: string): void => {
        if (this.#connection === connection) {
          take(text, channel);
        }
      };
    const onMarker = listen((text) => {
      if (this.#term?.token === text) {
        this.#term.isOpen = true;
      }
    });
    const onMessage = listen((text, channel) => {
      this.#receive(text, channel);
    });
    await Promise.all([
      connection.subscribe(this.#markerChannel, onMarker),
      ...CHANNELS.map((channel) => connection.subscribe(channel, onMessage)),
      ...PATTERNS.map((pattern) => connection.subscribePattern(pattern, onMessage)),
    ]);
    // It may have ended in between, and is not told again.
    if (this.#connection === connection) {
      this.#lease.open(connection);
    }
  }

  ended(): void {
    this.#connection = undefined;
    this.#lease.end();
  }

  /** Takes nothing more, and has another take over once all that was taken is on the tape. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      const { clock } = this.#options;
      this.#connection = undefined;
      const { publisher } = this.#term ?? {};
      if (publisher !== undefined) {
        await inTime(publisher.flush(), FLUSH_MS, clock);
      }
      // Redis may not answer; then it passes by itself.
      await inTime(this.#lease.close(), RELEASE_MS, clock);
    })();
    return this.#closing;
  }

  async #begin(token: string, connection: RedisConnection): Promise<void> {
    const { bus, createTaker, logger } = this.#options;
    const publisher = bus.createPublisher(token);
    const taker = createTaker({
      publish: (event) => {
        // Of a candle another process may have told the same or more, a feed's above all; all else
        // of other programs is news, whatever time they give it.
        publisher.push({ kind: 'event', event, isVersioned: event.type === 'candle' });
      },
      begin: (start) => {
        publisher.push({ kind: 'begin', start });
      },
      breakAt: (channel) => {
        publisher.push({ kind: 'break', channel });
      },
    });
    this.#term = { token, publisher, taker, isOpen: false };
    await connection.command('PUBLISH', this.#markerChannel, token);
    logger.info({}, 'Relays what other programs publish');
  }

  #endTerm(): void {
    if (this.#term !== undefined) {
      this.#options.bus.removePublisher(this.#term.publisher);
      this.#term = undefined;
    }
  }

  #receive(text: string, channel: string): void {
    if (!this.isRelaying || isAnnouncement(text)) {
      return;
    }
    try {
      const event = this.#read(text, channel);
      if (event !== undefined) {
        this.#taken += 1;
        this.#term?.taker.accept(event);
      }
    } catch (error) {
      this.#reject(reasonOf(error), toError(error).message, text, channel);
    }
  }

  /** Undefined for what is ours, or not even to be read. */
  #read(text: string, channel: string): MarketEvent | undefined {
    if (text.length > MAX_TEXT_LENGTH) {
      const message = `Expected at most ${MAX_TEXT_LENGTH} characters, got ${text.length}`;
      this.#reject('too_large', message, text, channel);
      return undefined;
    }
    let payload: unknown;
    try {
      payload = JSON.parse(text);
    } catch {
      this.#reject('not_json', 'Expected JSON', text, channel);
      return undefined;
    }
    return isMarked(payload) ? undefined : this.#options.parse(channel, payload);
  }

  #reject(reason: RejectReason, message: string, text: string, channel: string): void {
    const [kind = ''] = channel.split(':', 1);
    this.#rejections.note({ kind, reason, channel, message, text });
  }
}

function reasonOf(error: unknown): RejectReason {
  return error instanceof UnknownInstrumentError ? 'unknown_instrument' : 'invalid';
}
