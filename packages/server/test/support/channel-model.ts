import { type MarketEvent, channelsOf } from '@tickwire/protocol';

/** What was published, with its number in each of its channels. */
export interface ModelMessage {
  readonly event: MarketEvent;
  readonly at: number;
  readonly places: Readonly<Record<string, number>>;
}

export interface ModelLimits {
  readonly size: number;
  readonly maxAgeMs: number;
}

/** The plain reference of numbering and history: it forgets nothing, and knows what may be gone. */
export class ChannelModel {
  readonly epoch: string;
  readonly #limits: ModelLimits;
  readonly #channels = new Map<string, ModelMessage[]>();

  constructor(epoch: string, limits: ModelLimits) {
    this.epoch = epoch;
    this.#limits = limits;
  }

  publish(event: MarketEvent, at: number): ModelMessage {
    const names = channelsOf(event);
    const places = Object.fromEntries(names.map((name) => [name, this.head(name) + 1]));
    const message = { event, at, places };
    for (const name of names) {
      this.#channels.set(name, [...this.all(name), message]);
    }
    return message;
  }

  all(name: string): readonly ModelMessage[] {
    return this.#channels.get(name) ?? [];
  }

  at(name: string, seq: number): ModelMessage | undefined {
    return this.all(name)[seq - 1];
  }

  head(name: string): number {
    return this.all(name).length;
  }

  /** The smallest number after which every message is still there. */
  oldest(name: string, now: number): number {
    const { size, maxAgeMs } = this.#limits;
    const expired = this.all(name).filter(({ at }) => at < now - maxAgeMs).length;
    return Math.max(expired, this.head(name) - size);
  }
}
