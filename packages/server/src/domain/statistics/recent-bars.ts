import { type Bar, isSound } from './bar.ts';

/**
 * The newest bars of one instrument, each start once: the streaming form of what is computed from
 * bars, metrics and correlations alike. It is all that an instrument needs, however many others it
 * is correlated with, and says the same as the bars of the store do.
 */
export class RecentBars {
  readonly #limit: number;
  #bars: readonly Bar[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** All of them, oldest first. */
  get bars(): readonly Bar[] {
    return this.#bars;
  }

  /**
   * Takes in the bar of a confirmed candle, also one that comes late or corrects the one of the same
   * start. One whose prices cannot be prices changes nothing.
   */
  admit(bar: Bar): void {
    if (!isSound(bar)) {
      return;
    }
    const at = this.#bars.findLastIndex(({ start }) => start <= bar.start) + 1;
    const before = this.#bars.slice(0, this.#bars[at - 1]?.start === bar.start ? at - 1 : at);
    this.#bars = [...before, bar, ...this.#bars.slice(at)].slice(-this.#limit);
  }
}
