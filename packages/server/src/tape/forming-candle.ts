import type { Candle, Interval } from '@tickwire/protocol';
import { CandleBuilder } from '../domain/candle-builder.ts';

export interface FormingCandleOptions {
  readonly instrument: string;
  readonly interval: Interval;
  /** Called with what is to be told. */
  readonly tell: (candle: Candle) => void;
  /** Called when there is something to {@link FormingCandle.flush}. */
  readonly onChanged: () => void;
}

/**
 * The candle of a channel that is being built, and what of it has been told: nothing before
 * {@link open}, a new candle at once, and what becomes of it whenever it is flushed.
 */
export class FormingCandle {
  readonly #options: FormingCandleOptions;
  readonly #builder: CandleBuilder;
  #isOpen = false;
  #hasNews = false;
  #toldFrom: number | undefined;
  #previousStart: number | undefined;

  constructor(options: FormingCandleOptions) {
    this.#options = options;
    this.#builder = new CandleBuilder(options.instrument, options.interval);
  }

  /** The start of the first candle that was told; undefined while none was. */
  get toldFrom(): number | undefined {
    return this.#toldFrom;
  }

  /** The start of this candle or of the one before, the newest of them that began before a time. */
  newestStartBefore(time: number): number | undefined {
    const starts = [this.#builder.current?.start, this.#previousStart];
    return starts.find((start) => start !== undefined && start < time);
  }

  /** Takes in a quote; see {@link CandleBuilder.add}. */
  add(mid: string, time: number): void {
    const before = this.#builder.current;
    this.#builder.add(mid, time);
    const { current } = this.#builder;
    if (current === before) {
      return;
    }
    if (current?.start === before?.start) {
      this.noteNews();
      return;
    }
    this.#end(before);
    this.#hasNews = true;
    this.flush();
  }

  /** Takes in what the venue has of it; see {@link CandleBuilder.continueFrom}. */
  continueFrom(candle: Candle, until: number): void {
    const before = this.#builder.current;
    this.#builder.continueFrom(candle, until);
    const { current } = this.#builder;
    if (current === before) {
      return;
    }
    if (current?.start !== before?.start) {
      this.#end(before);
    }
    this.noteNews();
  }

  /** From now on it is told. */
  open(): void {
    if (!this.#isOpen) {
      this.#isOpen = true;
      this.flush();
    }
  }

  /** Has it told again. */
  noteNews(): void {
    this.#hasNews = true;
    this.#options.onChanged();
  }

  /** Tells what has become of it since it was last told. */
  flush(): void {
    const { current } = this.#builder;
    if (this.#isOpen && this.#hasNews && current !== undefined) {
      this.#hasNews = false;
      this.#tell(current);
    }
  }

  /** Another candle has begun: what is left to tell of this one comes before it. */
  #end(candle: Candle | undefined): void {
    this.#previousStart = candle?.start;
    if (candle !== undefined && this.#hasNews) {
      this.#tell(candle);
    }
  }

  #tell(candle: Candle): void {
    if (this.#isOpen) {
      this.#toldFrom ??= candle.start;
      this.#options.tell(candle);
    }
  }
}
