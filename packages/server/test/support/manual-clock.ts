import type { Clock } from '../../src/ports/clock.ts';

interface Waiter {
  readonly at: number;
  readonly wake: () => void;
}

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  #now: number;
  readonly #waiters = new Set<Waiter>();

  constructor(now = Date.UTC(2026, 0, 5, 12)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  elapsed(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        timer.cancel();
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const timer = this.schedule(ms, end);
      signal?.addEventListener('abort', end);
      if (signal?.aborted === true) {
        end();
      }
    });
  }

  schedule(ms: number, callback: () => void) {
    const waiter = { at: this.#now + ms, wake: callback };
    this.#waiters.add(waiter);
    return { cancel: () => this.#waiters.delete(waiter) };
  }

  /** How many are waiting for this clock. */
  get waiting(): number {
    return this.#waiters.size;
  }

  /** How long until the next one wakes; undefined where none waits. */
  get nextInMs(): number | undefined {
    const times = [...this.#waiters].map(({ at }) => at - this.#now);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Moves on, waking in order those whose time has come, and lets what they began settle. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (;;) {
      const [next] = [...this.#waiters].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) {
        break;
      }
      this.#now = Math.max(this.#now, next.at);
      this.#waiters.delete(next);
      next.wake();
      await settle();
    }
    this.#now = end;
  }
}

/** Lets all promises that can settle do so. */
async function settle(): Promise<void> {
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
}
