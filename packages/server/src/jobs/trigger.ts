import type { Clock } from '../ports/clock.ts';

/** Ends a wait early. One that is pulled while nobody waits ends the next wait at once. */
export class Trigger {
  readonly #clock: Clock;
  #isPulled = false;
  #wake: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether it was pulled since it was last set. */
  get isPulled(): boolean {
    return this.#isPulled;
  }

  pull(): void {
    this.#isPulled = true;
    this.#wake?.();
  }

  /** Forgets that it was pulled. */
  set(): void {
    this.#isPulled = false;
  }

  /** Resolves once it is pulled, after `ms`, or when the signal aborts; one may wait at a time. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#isPulled || signal.aborted) {
      return;
    }
    // Not `AbortSignal.any`: Node 20 keeps a little of each for as long as the first signal lives.
    const end = new AbortController();
    this.#wake = () => {
      end.abort();
    };
    signal.addEventListener('abort', this.#wake);
    await this.#clock.sleep(ms, end.signal);
    signal.removeEventListener('abort', this.#wake);
    this.#wake = undefined;
  }
}
