import {
  type Candle,
  type Interval,
  compareDecimals,
  intervalStart,
  nextIntervalStart,
} from '@tickwire/protocol';

/**
 * Builds the candles of one instrument and interval from the mids of its quotes, in the order in
 * which they come; volume is how many there were. A quote that belongs before the candle that is
 * being built is passed over: it must not show in a later one. None of these candles is ever
 * confirmed, because a stream does not bring every price.
 */
export class CandleBuilder {
  readonly #instrument: string;
  readonly #interval: Interval;
  #current: Candle | undefined;
  /** Epoch milliseconds: quotes up to then are counted in the candle that the venue began. */
  #countedUntil = -Infinity;

  constructor(instrument: string, interval: Interval) {
    this.#instrument = instrument;
    this.#interval = interval;
  }

  /** The candle that is being built. */
  get current(): Candle | undefined {
    return this.#current;
  }

  /**
   * Takes in a quote's mid, a decimal, at the venue's time in epoch milliseconds: it belongs to the
   * candle that is being built, or begins a new one.
   */
  add(mid: string, time: number): void {
    const start = intervalStart(this.#interval, time);
    const current = this.#current;
    if (current === undefined || start > current.start) {
      this.#begin({ start, open: mid, high: mid, low: mid, close: mid, volume: '1' });
    } else if (start === current.start) {
      const widened = widen(current, mid, mid);
      this.#current =
        time <= this.#countedUntil
          ? widened
          : { ...widened, close: mid, volume: String(Number(current.volume) + 1) };
    }
  }

  /**
   * Goes on from what the venue has of a candle that is not over: its open, close and volume hold,
   * and where quotes went higher or lower, so does it. Quotes up to `until` (the venue's time, epoch
   * milliseconds) are taken to be in it: those that come later can still widen it, but are not
   * counted again. One that is older than what is being built changes nothing.
   */
  continueFrom(candle: Candle, until: number): void {
    const current = this.#current;
    if (current !== undefined && candle.start < current.start) {
      return;
    }
    this.#begin(candle);
    this.#countedUntil = until;
    if (current?.start === candle.start) {
      const volume = String(Math.max(Number(candle.volume), Number(current.volume)));
      this.#current = { ...widen(this.#toCandle(candle), current.high, current.low), volume };
    }
  }

  #begin(shape: CandleShape): void {
    this.#countedUntil = -Infinity;
    this.#current = this.#toCandle(shape);
  }

  #toCandle({ start, open, high, low, close, volume }: CandleShape): Candle {
    return {
      type: 'candle',
      instrument: this.#instrument,
      interval: this.#interval,
      start,
      end: nextIntervalStart(this.#interval, start) - 1,
      open,
      high,
      low,
      close,
      volume,
      isConfirmed: false,
      revision: 0,
      source: 'quotes',
    };
  }
}

type CandleShape = Pick<Candle, 'start' | 'open' | 'high' | 'low' | 'close' | 'volume'>;

function widen(candle: Candle, high: string, low: string): Candle {
  return {
    ...candle,
    high: compareDecimals(high, candle.high) > 0 ? high : candle.high,
    low: compareDecimals(low, candle.low) < 0 ? low : candle.low,
  };
}
