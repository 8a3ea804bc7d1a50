import { type Candle, type MarketEvent, channelOf } from '@tickwire/protocol';
import { SERIES_LENGTH } from '../domain/candle-series.ts';
import type { Bus } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import { CandleIntake } from './candle-intake.ts';
import type { LastValues } from './last-values.ts';

export interface RelayIntakeOptions {
  /** The way onto the tape of whoever relays, for as long as it does. */
  readonly bus: Pick<Bus, 'publish' | 'begin' | 'breakAt'>;
  readonly lastValues: Pick<LastValues, 'candles'>;
  /** Whether a feed of this process brings a channel, and so tells what that starts from. */
  readonly isFollowed: (channel: string) => boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * The way onto the tape of what other programs publish. Of a candle they may say the same again, or
 * something else once it was confirmed, as a venue does: so candles take the way that those of feeds
 * do, by an intake of their own, because what is relayed is not told to other programs once more.
 * It goes on from what the tape has of a channel, whoever has relayed that.
 */
export class RelayIntake {
  readonly #options: RelayIntakeOptions;
  readonly #candles: CandleIntake;
  readonly #begun = new Set<string>();

  constructor(options: RelayIntakeOptions) {
    const { bus, clock, logger } = options;
    this.#options = options;
    this.#candles = new CandleIntake({
      bus,
      // Nothing is begun here from a history.
      onHistory: () => undefined,
      clock,
      logger,
    });
  }

  /** Publishes an event of another program; of a candle, only what is news. */
  accept(event: MarketEvent): void {
    if (event.type === 'candle') {
      this.#acceptCandle(event);
    } else {
      this.#options.bus.publish(event);
    }
  }

  /** Tells all what a channel of candles that only other programs bring starts from. */
  tellStart(channel: string): void {
    if (this.#begun.has(channel) && !this.#options.isFollowed(channel)) {
      this.#candles.tellStart(channel);
    }
  }

  #acceptCandle(candle: Candle): void {
    const channel = channelOf(candle);
    const isFirst = !this.#begun.has(channel);
    if (isFirst) {
      this.#begun.add(channel);
      const known = this.#options.lastValues.candles(channel)?.newest(SERIES_LENGTH) ?? [];
      this.#candles.resume(channel, known);
    }
    this.#candles.accept(candle);
    if (isFirst) {
      // Whoever has asked while nobody relayed it was told nothing.
      this.tellStart(channel);
    }
  }
}
