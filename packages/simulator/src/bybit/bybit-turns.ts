/**
 * Long computations side by side. One of them at a time works, for some milliseconds, and between
 * two of them everybody else gets the event loop: however many there are, nothing waits for long.
 */

const TURN_MS = 8;

export interface Turns {
  /**
   * Resolves when a computation may begin, with what it calls as often as it can: that resolves at
   * once while the turn lasts, else at the next one. Both reject once `signal` is aborted.
   */
  begin(signal?: AbortSignal): Promise<() => Promise<void>>;
}

export function createTurns(): Turns {
  const waiting: (() => void)[] = [];

  function next(): void {
    waiting.shift()?.();
    if (waiting.length > 0) {
      setImmediate(next);
    }
  }

  function turn(): Promise<void> {
    return new Promise((resolve) => {
      waiting.push(resolve);
      if (waiting.length === 1) {
        setImmediate(next);
      }
    });
  }

  return {
    async begin(signal) {
      await turn();
      signal?.throwIfAborted();
      let endsAt = performance.now() + TURN_MS;
      return async () => {
        if (performance.now() > endsAt) {
          await turn();
          signal?.throwIfAborted();
          endsAt = performance.now() + TURN_MS;
        }
      };
    },
  };
}
