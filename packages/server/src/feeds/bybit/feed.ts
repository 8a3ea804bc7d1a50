import { formatChannel } from '@tickwire/protocol';
import type { Clock } from '../../ports/clock.ts';
import type { Feed, FeedListener, Unavailable } from '../../ports/feed.ts';
import { BookFollower } from './book-follower.ts';
import { CandleFollower } from './candle-follower.ts';
import { type BybitFeedConfig, QUIET_MS, RECHECK_MS, RECONNECT_POLICY } from './config.ts';
import type { Follower } from './follower.ts';
import type { RequestGate } from './request-gate.ts';
import { BybitRest } from './rest.ts';
import { BybitSession, type FollowedTopic } from './session.ts';
import { SymbolList } from './symbols.ts';
import { TickerFollower } from './ticker-follower.ts';
import { type BybitChannel, topicOf } from './topics.ts';
import { TradeFollower } from './trade-follower.ts';
import { UnavailableTopics } from './unavailable.ts';

/**
 * Follows one category of Bybit over one socket: whatever channels are wanted, which may change at
 * any time. A topic that the venue refuses is reported and tried again now and then, and never
 * keeps the others waiting. There is no connection before something is wanted.
 */
export class BybitFeed implements Feed {
  readonly venue = 'bybit';
  readonly reconnect = RECONNECT_POLICY;
  readonly category: string;
  readonly #config: BybitFeedConfig;
  readonly #clock: Clock;
  readonly #rest: BybitRest;
  readonly #symbols: SymbolList;
  readonly #followed = new Map<string, FollowedTopic>();
  readonly #unavailable = new UnavailableTopics();
  #session: BybitSession | undefined;
  #wanted: () => void = () => undefined;

  /** The gate is one for all categories. */
  constructor(config: BybitFeedConfig, clock: Clock, gate: RequestGate) {
    this.category = config.category;
    this.#config = config;
    this.#clock = clock;
    this.#rest = new BybitRest(config, clock, gate);
    this.#symbols = new SymbolList(this.#rest, clock);
  }

  get instruments(): readonly string[] {
    const channels = Array.from(this.#followed.values(), ({ channel }) => channel);
    return [...new Set(channels.map(({ instrument }) => instrument))];
  }

  /** Trades and books of a quiet market may be silent for hours: then only a pong tells. */
  get quietMs(): number {
    const kinds = Array.from(this.#followed.values(), ({ channel }) => channel.kind);
    return kinds.includes('candles') ? QUIET_MS : Infinity;
  }

  /** Begins to follow a channel, on the connection that there is or with the next. */
  want(channel: BybitChannel): void {
    const topic = topicOf(channel, this.#config);
    if (this.#followed.has(topic)) {
      return;
    }
    this.#followed.set(topic, { topic, channel, follower: this.#createFollower(channel) });
    this.#wanted();
    void this.#session?.add([topic]);
  }

  /** Ends what {@link want} began. */
  unwant(channel: BybitChannel): void {
    const topic = topicOf(channel, this.#config);
    if (this.#followed.delete(topic)) {
      this.#unavailable.forget(topic);
      void this.#session?.remove(topic);
    }
  }

  /** Whether the venue has an instrument; rejects with a FeedError where it cannot be asked. */
  async has(instrument: string): Promise<boolean> {
    return this.#symbols.has(this.#symbolOf(instrument));
  }

  /** Whether it is known that the venue does not have an instrument. */
  isMissing(instrument: string): boolean {
    return this.#symbols.isMissing(this.#symbolOf(instrument));
  }

  async follow(listener: FeedListener, signal: AbortSignal): Promise<void> {
    await this.#somethingWanted(signal);
    if (signal.aborted) {
      return;
    }
    const connection = new AbortController();
    const ended = AbortSignal.any([signal, connection.signal]);
    const session = new BybitSession({
      config: this.#config,
      clock: this.#clock,
      listener,
      signal: ended,
      followed: this.#followed,
      unavailable: this.#unavailable,
      describeRefusal: (channel, words) => this.#describeRefusal(channel, words),
    });
    this.#session = session;
    this.#unavailable.attach(listener);
    const rechecking = this.#recheck(session, ended);
    try {
      await session.run();
    } finally {
      this.#session = undefined;
      connection.abort();
      this.#rest.release();
      await rechecking;
    }
  }

  #symbolOf(instrument: string): string {
    return instrument.slice(this.#config.instrumentPrefix.length);
  }

  async #somethingWanted(signal: AbortSignal): Promise<void> {
    if (this.#followed.size > 0 || signal.aborted) {
      return;
    }
    await new Promise<void>((resolve) => {
      this.#wanted = resolve;
      signal.addEventListener(
        'abort',
        () => {
          resolve();
        },
        { once: true },
      );
    });
  }

  /** Tries again, once in a while, what the venue did not bring. */
  async #recheck(session: BybitSession, signal: AbortSignal): Promise<void> {
    await this.#explainRefusals();
    while (await this.#isTimeToRecheck(signal)) {
      if (this.#unavailable.refused.length > 0) {
        await this.#explainRefusals();
        void session.add(this.#unavailable.refused);
      }
    }
  }

  /** Waits until it is time; false if the connection is over by then. */
  async #isTimeToRecheck(signal: AbortSignal): Promise<boolean> {
    await this.#clock.sleep(RECHECK_MS, signal);
    return !signal.aborted;
  }

  /** A refusal does not tell a symbol that does not exist from a topic; the venue's list does. */
  async #explainRefusals(): Promise<void> {
    try {
      await this.#symbols.current();
    } catch {
      // Without the list there is less to say; what is refused is reported all the same.
    }
    for (const topic of this.#unavailable.refused) {
      const channel = this.#followed.get(topic)?.channel;
      if (channel !== undefined && this.isMissing(channel.instrument)) {
        this.#unavailable.refuse(topic, this.#describeRefusal(channel, ''));
      }
    }
  }

  #describeRefusal(channel: BybitChannel, words: string): Unavailable {
    const { instrument } = channel;
    if (this.isMissing(instrument)) {
      const reason = `Bybit has no ${instrument} among its ${this.category} instruments`;
      return { instrument, reason };
    }
    const topic = topicOf(channel, this.#config);
    const reason = `Bybit refused ${topic}: ${words}`;
    return { instrument, channel: formatChannel(channel), reason };
  }

  #createFollower(channel: BybitChannel): Follower {
    const { instrument } = channel;
    const symbol = this.#symbolOf(instrument);
    const [rest, clock] = [this.#rest, this.#clock];
    switch (channel.kind) {
      case 'candles':
        return new CandleFollower({ instrument, symbol, interval: channel.interval, rest, clock });
      case 'trades':
        return new TradeFollower({ instrument, symbol, rest });
      case 'ticker':
        return new TickerFollower(instrument);
      default:
        return new BookFollower(instrument);
    }
  }
}
