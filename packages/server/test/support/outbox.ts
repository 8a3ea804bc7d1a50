import type { MarketEvent } from '@tickwire/protocol';
import { channelOf } from '@tickwire/protocol';
import { ChannelMessage, type WireFormat } from '../../src/gateways/channel-message.ts';
import { FanOut } from '../../src/gateways/fan-out.ts';
import { FanOutCounters } from '../../src/gateways/fan-out-counters.ts';
import { Outbox } from '../../src/gateways/outbox.ts';
import { TurnEnd } from '../../src/gateways/turn-end.ts';
import { FakeOutlet } from './fake-outlet.ts';
import { ManualClock } from './manual-clock.ts';

/** What a message says of itself in {@link TEST_FORMAT}. */
export interface Told {
  readonly channel: string;
  readonly seq: number;
  readonly count: number;
  readonly event: MarketEvent;
}

export const TEST_FORMAT: WireFormat = {
  write: ({ channel, seq, count, envelope: { event } }) =>
    JSON.stringify({ channel, seq, count, event } satisfies Told),
};

export function messageOf(event: MarketEvent, seq: number): ChannelMessage {
  const channel = channelOf(event);
  return new ChannelMessage(TEST_FORMAT, channel, seq, { channel, epoch: 'e', seq, at: 0, event });
}

/** A fan-out with clients whose connections a test has in its hands. */
export class TestFanOut {
  readonly clock = new ManualClock();
  readonly counters = new FanOutCounters();
  readonly maxWaitingBytes: number;
  readonly fanOut: FanOut;
  readonly #turnEnd = new TurnEnd((error) => {
    throw error;
  });

  constructor(maxWaitingBytes = 1_000_000) {
    this.maxWaitingBytes = maxWaitingBytes;
    this.fanOut = new FanOut({
      counters: this.counters,
      turnEnd: this.#turnEnd,
      elapsed: () => this.clock.elapsed(),
    });
  }

  connect(topics: readonly string[] = []) {
    const outlet = new FakeOutlet();
    const refusals: number[] = [];
    const { counters, maxWaitingBytes } = this;
    const outbox = new Outbox(
      outlet,
      { maxWaitingBytes, counters, turnEnd: this.#turnEnd, elapsed: () => this.clock.elapsed() },
      (waiting) => refusals.push(waiting),
    );
    const place = this.fanOut.add(outbox);
    for (const topic of topics) {
      place.join(topic);
    }
    const told = (): Told[] => outlet.taken.map((text) => JSON.parse(text) as Told);
    return { outlet, outbox, place, refusals, told };
  }

  publish(event: MarketEvent, seq: number): void {
    const channel = channelOf(event);
    this.fanOut.publish([channel], () => messageOf(event, seq));
  }

  /** Ends the turn of the event loop. */
  async turn(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
  }
}
