import { type Candle, channelOf } from '@tickwire/protocol';
import { findImpossible } from '../domain/candle.ts';
import { Spacing } from '../domain/spacing.ts';
import type { ChannelLog } from '../ports/channel-log.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { LastValues } from './last-values.ts';
import type { Tape } from './tape.ts';

export interface CandleIntakeOptions {
  readonly tape: Tape;
  readonly lastValues: LastValues;
  readonly log: Pick<ChannelLog, 'breakAt'>;
  /** Whether an instrument is crypto, for which stricter rules hold. */
  readonly isCrypto: (instrument: string) => boolean;
  /** A channel has candles to start from. */
  readonly onBegun: (channel: string) => void;
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
      const news = this.#options.lastValues.admitCandle(candle);
      if (news !== undefined) {
        this.#options.tape.publish(news);
      }
    }
  }

  /**
   * Remembers what a channel starts from. It is no event, for nobody has missed it, unless the
   * channel goes on from what an earlier life of it has left: then those who were told that are told
   * what came after it, and what the venue has corrected since.
   */
  begin(channel: string, candles: readonly Candle[]): void {
    const { lastValues, log, onBegun, onHistory } = this.#options;
    const possible = candles
      .filter((candle) => this.#isPossible(candle))
      .sort((a, b) => a.start - b.start);
    const told = lastValues.candles(channel)?.lastConfirmed;
    if (told === undefined || (possible[0]?.start ?? -Infinity) > told.start) {
      // Those that came while nobody followed were never numbered.
      log.breakAt(channel);
      lastValues.setCandles(channel, possible);
    } else {
      this.#goOn(possible, told.start);
    }
    onHistory(possible);
    onBegun(channel);
  }

  /** Publishes what a venue has corrected, if those who follow the channel have been told it. */
  correct(candle: Candle): void {
    const known = this.#options.lastValues.candles(channelOf(candle));
    if (known?.at(candle.start)?.isConfirmed === true) {
      this.accept(candle);
    }
  }

  #goOn(candles: readonly Candle[], toldUntil: number): void {
    const { lastValues, tape } = this.#options;
    for (const candle of candles) {
      const news = lastValues.admitCandle(candle);
      if (news !== undefined && (news.start > toldUntil || news.revision > candle.revision)) {
        tape.publish(news);
      }
    }
  }

  #isPossible(candle: Candle): boolean {
    const { isCrypto, clock, logger } = this.#options;
    const reason = findImpossible(candle, isCrypto(candle.instrument));
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
