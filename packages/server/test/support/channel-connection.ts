import { type Channel, type MarketEvent } from '@tickwire/protocol';
import { MemoryLog } from '../../src/bus/memory-log.ts';
import { systemClock } from '../../src/app/clock.ts';
import { ChannelContents } from '../../src/gateways/channel-contents.ts';
import { ChannelHub } from '../../src/gateways/channel-hub.ts';
import { ChannelMessage } from '../../src/gateways/channel-message.ts';
import { ChannelSession } from '../../src/gateways/channel-session.ts';
import type { HeldChannel } from '../../src/gateways/channel-subscription.ts';
import { EventMessages } from '../../src/gateways/event-messages.ts';
import { FanOutCounters } from '../../src/gateways/fan-out-counters.ts';
import { LiveContents } from '../../src/gateways/live-contents.ts';
import { PastCandles } from '../../src/gateways/past-candles.ts';
import { ReplayPacer } from '../../src/gateways/replay-pacer.ts';
import type { Envelope } from '../../src/ports/bus.ts';
import type { ChannelLease } from '../../src/ports/channels.ts';
import type { ChannelLog } from '../../src/ports/channel-log.ts';
import type { Logger } from '../../src/ports/logger.ts';
import { LastValues } from '../../src/tape/last-values.ts';
import { ChannelExpectation } from './channel-expectation.ts';
import { ChannelModel, type ModelLimits } from './channel-model.ts';
import { createRecordingLogger } from './recording-logger.ts';

/** So few that what was missed rarely goes at once. */
const SENT_AT_ONCE = 2;

/** One run of a server: its numbering, and the way of its events. */
export class ModelRun {
  readonly model: ChannelModel;
  readonly log: MemoryLog;
  readonly hub = new ChannelHub();
  readonly lastValues = new LastValues(() => 0);
  readonly contents: ChannelContents;
  readonly past: PastCandles;
  readonly pacer = new ReplayPacer();

  constructor(epoch: string, limits: ModelLimits, now: () => number) {
    const { lastValues } = this;
    this.model = new ChannelModel(epoch, limits);
    this.log = new MemoryLog({ epoch, ...limits, now });
    const messages = new EventMessages(now, 'iso');
    const live = new LiveContents(lastValues, messages);
    this.contents = new ChannelContents({ lastValues, messages, live, log: this.log });
    this.past = new PastCandles({ lastValues, store: undefined, logger: createRecordingLogger() });
  }
}

/** What the test decides about the surroundings of a connection. */
export interface ConnectionWorld {
  readonly now: number;
  readonly logger: Logger;
  lease(channel: Channel): Promise<ChannelLease>;
  /** Resolves when the history of a channel may be read, or handed on. */
  pass(): Promise<void>;
}

/** A connection of a client, with what is promised to it. */
export class ModelConnection {
  readonly session: ChannelSession;
  readonly expectation: ChannelExpectation;
  /** The channels whose messages are brought to the client by other means than its session. */
  readonly topics = new Map<string, HeldChannel>();
  #waiting: (() => void)[] = [];
  isBlocked = false;

  constructor(world: ConnectionWorld, { model, ...run }: ModelRun, isSocketIo: boolean) {
    this.expectation = new ChannelExpectation(model, () => world.now);
    const { logger } = world;
    const { log } = run;
    const slowLog: ChannelLog = {
      position: (channel) => log.position(channel),
      since: async (channel, position) => {
        await world.pass();
        const envelopes = await log.since(channel, position);
        await world.pass();
        return envelopes;
      },
    };
    const directory = { lease: (channel: Channel) => world.lease(channel), list: noChannels };
    this.session = new ChannelSession(
      {
        directory,
        logger,
        ...run,
        log: slowLog,
        sentAtOnce: SENT_AT_ONCE,
        counters: new FanOutCounters(),
        clock: systemClock,
      },
      {
        message: (channel, seq, envelope) => new ChannelMessage(NO_FORMAT, channel, seq, envelope),
        post: ({ message: { channel, seq, envelope } }) => {
          this.expectation.delivered(channel, seq, envelope);
        },
        deliverState: () => undefined,
        ready: () =>
          this.isBlocked ? new Promise((resolve) => this.#waiting.push(resolve)) : undefined,
        takeOver: (subscription) => {
          this.topics.set(subscription.name, subscription);
        },
        giveBack: ({ name }) => {
          this.topics.delete(name);
        },
        canHold: !isSocketIo,
        refuse: () => {
          this.expectation.problems.push('Taken for too slow');
        },
      },
    );
  }

  /** Brings an event to a client that is on one of its topics, as the fan-out does. */
  broadcast({ channel, seq, also = {}, ...envelope }: Envelope, isSocketIo: boolean): void {
    const places = { [channel]: seq, ...also };
    const isEverybodys = isSocketIo && envelope.event.type === 'dataReady';
    const [name] = Object.keys(places).filter((each) => this.#isIn(each, envelope.event));
    if (name !== undefined || (isEverybodys && this.expectation.position(channel) !== undefined)) {
      const by = name ?? channel;
      this.expectation.delivered(by, places[by] ?? 0, { channel, seq, also, ...envelope });
    }
  }

  unblock(): void {
    this.isBlocked = false;
    for (const resolve of this.#waiting.splice(0)) {
      resolve();
    }
  }

  #isIn(name: string, event: MarketEvent): boolean {
    const subscription = this.topics.get(name);
    const isForming = event.type === 'candle' && !event.isConfirmed;
    return subscription !== undefined && !(subscription.terms.isConfirmedOnly && isForming);
  }
}

const NO_FORMAT = { write: () => '' };

function noChannels() {
  return { configured: [], followed: [] };
}
