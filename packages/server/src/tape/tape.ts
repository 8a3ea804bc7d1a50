import { type MarketEvent, channelOf } from '@tickwire/protocol';
import type { Bus } from '../ports/bus.ts';
import type { LastValues } from './last-values.ts';

export interface TapeOptions {
  readonly bus: Bus;
  readonly lastValues: LastValues;
  /** Names this numbering; a new one whenever numbering starts anew. */
  readonly epoch: string;
}

/**
 * The ordered, numbered stream of events: numbers each event once in its channel, remembers it and
 * puts it on the bus. What is remembered is never older than what the bus has brought.
 */
export class Tape {
  readonly epoch: string;
  readonly #bus: Bus;
  readonly #lastValues: LastValues;
  readonly #heads = new Map<string, number>();

  constructor({ bus, lastValues, epoch }: TapeOptions) {
    this.#bus = bus;
    this.#lastValues = lastValues;
    this.epoch = epoch;
  }

  /** Numbers and publishes an event, and returns its number in its channel. */
  publish(event: MarketEvent): number {
    const channel = channelOf(event);
    const seq = (this.#heads.get(channel) ?? 0) + 1;
    this.#heads.set(channel, seq);
    this.#lastValues.remember(event, seq);
    this.#bus.publish({ channel, epoch: this.epoch, seq, event });
    return seq;
  }
}
