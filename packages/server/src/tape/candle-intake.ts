import { type Candle, channelOf } from '@tickwire/protocol';
import { findImpossible } from '../domain/candle.ts';
import { CandleSeries, SERIES_LENGTH } from '../domain/candle-series.ts';
import { isCryptoInstrument } from '../domain/instrument-family.ts';
import { Spacing } from '../domain/spacing.ts';
import type { Bus } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';

export interface CandleIntakeOptions {
  readonly bus: Pick<Bus, 'publish' | 'begin' | 'breakAt'>;
  /** Told of candles that are true and no events: what channels start from. */
  readonly onHistory: (candles: readonly Candle[]) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

const LOG_SPACING_MS = 60_000;

/**
 * The one way of candles onto the tape, whoever brings them: each confirmed candle once, its
 * corrections as revisions, and nothing that cannot be true.
 */
export class CandleIntake {
  readonly #options: CandleIntakeOptions;
  /** What was published, by channel; readers may not have had the newest of it yet. */
  readonly #series = new Map<string, CandleSeries>();
  readonly #logSpacing = new Spacing(LOG_SPACING_MS);
  #rejected = 0;

  constructor(options: CandleIntakeOptions) {
    this.#options = options;
  }

  /** How many candles could not be true and were dropped. */
  get rejected(): number {
    return this.#rejected;
  }

  /** Publishes a candle, if it is news and can be true. */
  accept(candle: Candle): void {
    if (this.#isPossible(candle)) {
      const news = this.#seriesOf(channelOf(candle)).admit(candle);
      if (news !== undefined) {
        this.#options.bus.publish(news);
      }
    }
  }

  /**
   * Remembers what a channel starts from. It is no event, for nobody has missed it, unless the
   * channel goes on from what an earlier life of it has left: then those who were told that are told
   * what came after it, and what the venue has corrected since.
   */
  begin(channel: string, candles: readonly Candle[]): void {
    const { bus, onHistory } = this.#options;
    const possible = candles
      .filter((candle) => this.#isPossible(candle))
      .sort((a, b) => a.start - b.start);
    const series = this.#seriesOf(channel);
    const told = series.lastConfirmed;
    if (told === undefined || (possible[0]?.start ?? -Infinity) > told.start) {
      // Those that came while nobody followed were never numbered.
      bus.breakAt(channel);
      series.startFrom(possible);
    } else {
      this.#goOn(series, possible, told.start);
    }
    onHistory(possible);
    this.tellStart(channel);
  }

  /** Goes on with what an earlier run of the program has left of a channel. */
  resume(channel: string, candles: readonly Candle[]): void {
    this.#seriesOf(channel).startFrom(candles);
  }

  /** Tells all what a channel has, if it has anything: somebody may not know. */
  tellStart(channel: string): void {
    const series = this.#series.get(channel);
    if (series !== undefined) {
      this.#options.bus.begin({ channel, candles: series.newest(SERIES_LENGTH) });
    }
  }

  /** Whether anything was published of a channel, or it goes on from an earlier run. */
  has(channel: string): boolean {
    return this.#series.has(channel);
  }

  /** Forgets a channel that is not followed any more. */
  forget(channel: string): void {
    this.#series.delete(channel);
  }

  /** Publishes what a venue has corrected, if those who follow the channel have been told it. */
  correct(candle: Candle): void {
    const known = this.#series.get(channelOf(candle));
    if (known?.at(candle.start)?.isConfirmed === true) {
      this.accept(candle);
    }
  }

  #goOn(series: CandleSeries, candles: readonly Candle[], toldUntil: number): void {
    for (const candle of candles) {
      const news = series.admit(candle);
      if (news !== undefined && (news.start > toldUntil || news.revision > candle.revision)) {
        this.#options.bus.publish(news);
      }
    }
  }

  #seriesOf(channel: string): CandleSeries {
    const series = this.#series.get(channel) ?? new CandleSeries();
    this.#series.set(channel, series);
    return series;
  }

  #isPossible(candle: Candle): boolean {
    const { clock, logger } = this.#options;
    const reason = findImpossible(candle, isCryptoInstrument(candle.instrument));
    if (reason === undefined) {
      return true;
    }
    this.#rejected += 1;
    const fields = { channel: channelOf(candle), reason, rejectedCandles: this.#rejected };
    logger.debug({ ...fields, candle }, 'Dropped an impossible candle');
    if (this.#logSpacing.take(clock.elapsed())) {
      logger.warn(fields, 'Dropped a candle that cannot be true');
    }
    return false;
  }
}
