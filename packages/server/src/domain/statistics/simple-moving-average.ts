import type { Indicator } from './indicator.ts';
import { mean } from './moments.ts';
import { SlidingWindow } from './sliding-window.ts';

/** The arithmetic mean of the last `length` numbers, in their unit. There is no seed. */
export class SimpleMovingAverage implements Indicator<number, number> {
  readonly #values: SlidingWindow;

  constructor(length: number) {
    this.#values = new SlidingWindow(length);
  }

  update(value: number): void {
    if (Number.isFinite(value)) {
      this.#values.push(value);
    }
  }

  get value(): number | null {
    const values = this.#values.whole;
    return values && mean(values);
  }
}
