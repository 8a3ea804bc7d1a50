import { RequestGate } from '../../../src/feeds/bybit/request-gate.ts';
import { type Candle, type FeedHealth, channelOf } from '@tickwire/protocol';
import { type BybitSimulator, createBybitSimulator } from '@tickwire/simulator';
import { onTestFinished } from 'vitest';
import { CandleSeries } from '../../../src/domain/candle-series.ts';
import type { BybitCategory } from '../../../src/feeds/bybit/config.ts';
import { BybitFeed } from '../../../src/feeds/bybit/feed.ts';
import type { BybitChannel } from '../../../src/feeds/bybit/topics.ts';
import { FeedSupervisor } from '../../../src/feeds/supervisor.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import type { FeedEvent } from '../../../src/ports/feed.ts';
import { createRecordingLogger } from '../../support/recording-logger.ts';
import { createScaledClock } from '../../support/scaled-clock.ts';
import { waitFor } from '../../support/wait-for.ts';

export interface SupervisedOptions {
  readonly channels: readonly BybitChannel[];
  readonly category?: BybitCategory;
  readonly instrumentPrefix?: string;
  /** How many times as fast as the machine's clock venue and feed live. */
  readonly speed?: number;
  /** In the place of a simulator. */
  readonly hosts?: { readonly wsUrl: string; readonly restUrl: string };
}

const START_OFFSET_MS = -48 * 3_600_000;
/** Longer than the feed's own patience, which is what is tested. */
const STALE_AFTER_MS = 60_000;

/** A simulated venue and a feed of it under a supervisor, until the current test has finished. */
export async function startSupervised(options: SupervisedOptions) {
  const { channels, category = 'linear', instrumentPrefix = '', speed = 20 } = options;
  const simulator = createBybitSimulator({
    startOffsetMs: START_OFFSET_MS,
    speed,
    connectionLimit: Infinity,
    requestLimit: Infinity,
  });
  await simulator.start();
  const clock = createScaledClock(speed);
  const hosts = options.hosts ?? { wsUrl: simulator.wsUrl, restUrl: simulator.restUrl };
  const feed = new BybitFeed(
    { hosts, category, instrumentPrefix, bookDepth: 50 },
    clock,
    new RequestGate(clock),
  );
  channels.forEach((channel) => {
    feed.want(channel);
  });
  const supervised = new SupervisedFeed(feed, clock, simulator);
  onTestFinished(async () => {
    await supervised.supervisor.close();
    await simulator.close();
  });
  return supervised;
}

export class SupervisedFeed {
  readonly feed: BybitFeed;
  readonly clock: Clock;
  readonly simulator: BybitSimulator;
  readonly supervisor: FeedSupervisor;
  readonly events: FeedEvent[] = [];
  /** Each candle as it would be published, over all channels. */
  readonly candles: Candle[] = [];
  readonly #series = new Map<string, CandleSeries>();

  constructor(feed: BybitFeed, clock: Clock, simulator: BybitSimulator) {
    this.feed = feed;
    this.clock = clock;
    this.simulator = simulator;
    this.supervisor = new FeedSupervisor({
      feed,
      isSimulated: true,
      staleAfterMs: STALE_AFTER_MS,
      clock,
      logger: createRecordingLogger(),
      onEvent: (event) => {
        if (event.type !== 'quote') {
          this.#accept(event);
        }
      },
      onStateLost: () => undefined,
      onLive: () => undefined,
      onHistory: (channel, candles) => {
        this.#seriesOf(channel).startFrom(candles);
      },
    });
  }

  #accept(event: FeedEvent): void {
    this.events.push(event);
    const news = event.type === 'candle' && this.#seriesOf(channelOf(event)).admit(event);
    if (news) {
      this.candles.push(news);
    }
  }

  #seriesOf(channel: string): CandleSeries {
    const series = this.#series.get(channel) ?? new CandleSeries();
    this.#series.set(channel, series);
    return series;
  }

  /** The newest candles of a channel, with what it began from. */
  newest(channel: string): readonly Candle[] {
    return this.#seriesOf(channel).newest(500);
  }

  start(): void {
    this.supervisor.start();
  }

  /** Resolves with the health, once it is as it is asked to be. */
  async until(isSo: (health: FeedHealth) => boolean, what: string): Promise<FeedHealth> {
    return waitFor(() => {
      const health = this.supervisor.health();
      return isSo(health) && health;
    }, what);
  }

  /** Resolves once a state is there, for a reason that fits. */
  async untilState(state: FeedHealth['state'], reason = /^/): Promise<FeedHealth> {
    return this.until(
      (health) => health.state === state && reason.test(health.reason ?? ''),
      `${state} ${String(reason)}`,
    );
  }

  /** Resolves once each of these channels, or all that are there, has something new. */
  async untilNews(channels: readonly string[], count = 1): Promise<void> {
    const from = this.events.length;
    const countOf = (channel: string): number =>
      this.events.slice(from).filter((event) => channelOf(event) === channel).length;
    await waitFor(
      () => channels.every((channel) => countOf(channel) >= count),
      `news of ${channels.join(', ')}`,
    );
  }
}
