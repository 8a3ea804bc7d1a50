import type { Clock } from '../ports/clock.ts';

/** Wakes the one who waits for work. */
export class WorkSignal {
  readonly #clock: Clock;
  readonly #stop: AbortSignal;
  #notice: (() => void) | undefined;

  /** Once `stop` is aborted, nobody waits any more. */
  constructor(clock: Clock, stop: AbortSignal) {
    this.#clock = clock;
    this.#stop = stop;
  }

  /** There may be work. */
  note(): void {
    this.#notice?.();
  }

  /** Resolves when work is noted that is worth it, or after so long. */
  async wait(ms: number, isWorth: () => boolean): Promise<void> {
    const waiting = new AbortController();
    const end = (): void => {
      waiting.abort();
    };
    this.#stop.addEventListener('abort', end);
    this.#notice = () => {
      if (isWorth()) {
        end();
      }
    };
    if (this.#stop.aborted) {
      end();
    }
    await this.#clock.sleep(ms, waiting.signal);
    this.#notice = undefined;
    this.#stop.removeEventListener('abort', end);
  }
}
