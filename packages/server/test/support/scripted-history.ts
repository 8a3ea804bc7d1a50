import type { SidedCandle } from '../../src/domain/sided-candle.ts';
import type { CandleHistory, CandleQuery } from '../../src/ports/history.ts';

/** A venue's candles, which answers when and as a test says. */
export class ScriptedHistory implements CandleHistory {
  /** What has been asked so far. */
  readonly asked: CandleQuery[] = [];
  /** All there is, oldest first. */
  candlesKept: readonly SidedCandle[] = [];
  /** Thrown in the place of an answer. */
  failure: Error | undefined;
  /** Thrown in the place of the next answers, one each. */
  readonly failures: Error[] = [];
  /** While true, questions wait for {@link answerAll}. */
  isSlow = false;
  /** How many questions wait at once, and how many did at most. */
  waiting = 0;
  mostWaiting = 0;
  readonly #held: (() => void)[] = [];

  async candles(query: CandleQuery, signal: AbortSignal): Promise<readonly SidedCandle[]> {
    this.asked.push(query);
    this.waiting += 1;
    this.mostWaiting = Math.max(this.mostWaiting, this.waiting);
    try {
      await this.#turn(signal);
    } finally {
      this.waiting -= 1;
    }
    const failure = this.failures.shift() ?? this.failure;
    if (failure !== undefined) {
      throw failure;
    }
    const { since, limit } = query;
    return since === undefined
      ? this.candlesKept.slice(-limit)
      : this.candlesKept.filter(({ start }) => start >= since).slice(0, limit);
  }

  /** Answers all that waits, with what there is now. */
  answerAll(): void {
    this.#held.splice(0).forEach((answer) => {
      answer();
    });
  }

  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (!this.isSlow) {
        resolve();
        return;
      }
      this.#held.push(resolve);
      signal.addEventListener('abort', () => {
        reject(new Error('aborted'));
      });
    });
  }
}
