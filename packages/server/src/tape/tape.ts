import type { MarketEvent } from '@tickwire/protocol';
import type { Bus } from '../ports/bus.ts';
import type { ChannelLog } from '../ports/channel-log.ts';
import type { LastValues } from './last-values.ts';

export interface TapeOptions {
  readonly bus: Bus;
  readonly lastValues: LastValues;
  readonly log: ChannelLog;
}

/**
 * The ordered, numbered stream of events: numbers each event once in its channels, remembers it and
 * puts it on the bus. What is remembered is never older than what the bus has brought.
 */
export class Tape {
  readonly #options: TapeOptions;

  constructor(options: TapeOptions) {
    this.#options = options;
  }

  /** Numbers and publishes an event, and returns its number in its channel. */
  publish(event: MarketEvent): number {
    const { bus, lastValues, log } = this.#options;
    const envelope = log.append(event);
    lastValues.remember(event, envelope.seq);
    bus.publish(envelope);
    return envelope.seq;
  }
}
