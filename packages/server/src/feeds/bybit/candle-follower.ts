import {
  type Candle,
  type Interval,
  backoffDelayMs,
  formatChannel,
  nextIntervalStart,
} from '@tickwire/protocol';
import { toError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import { CANDLES_PER_ANSWER, SEED_CANDLES } from './config.ts';
import type { Follower, FollowerConnection } from './follower.ts';
import type { BybitCandle, BybitFrame } from './messages.ts';
import type { BybitRest } from './rest.ts';

export interface CandleFollowerOptions {
  readonly instrument: string;
  readonly symbol: string;
  readonly interval: Interval;
  readonly rest: Pick<BybitRest, 'newestKlines' | 'klinesSince'>;
  readonly clock: Clock;
}

const RETRY_BACKOFF = { baseMs: 250, capMs: 30_000, floorMs: 50 };
/** Candles that wait for those before them; of more the oldest are asked for instead. */
const MAX_HELD = 1_000;
/** How far a stream may be ahead of what the venue last answered: more cannot be true. */
const MAX_AHEAD_MS = 60_000;
/** The wait for an answer to become final is about a second; a clock that is off makes it no longer. */
const FINAL_WAIT = { floorMs: 50, capMs: 30_000 };
/** How long a channel waits for what it starts from, until it begins with what comes. */
const PATIENCE_MS = 10_000;
const SHORTEST_MONTH_MS = 28 * 86_400_000;

/**
 * Follows the candles of one instrument and interval without a gap: a confirmed candle goes on only
 * after the one before it. What a connection missed is asked for over REST, and what comes
 * meanwhile waits. Liquid contracts have a candle for every interval; where the venue has none even
 * when it is asked (a halt), the gap is the venue's and the stream goes on.
 */
export class CandleFollower implements Follower {
  readonly #options: CandleFollowerOptions;
  #connection: FollowerConnection | undefined;
  /** Whether what the channel starts from is known. */
  #hasHistory = false;
  /** The start of the first candle that has not been confirmed. */
  #expected = -Infinity;
  /** Every candle that ended before has been told, if it exists: epoch milliseconds. */
  #completeUntil = -Infinity;
  /** Whether what comes waits for what was missed. */
  #isHolding = false;
  /** Whether the venue is being asked. */
  #isAsking = false;
  #held: Candle[] = [];

  constructor(options: CandleFollowerOptions) {
    this.#options = options;
  }

  begin(connection: FollowerConnection): void {
    this.#connection = connection;
    this.#isHolding = false;
    this.#isAsking = false;
    this.#held = [];
  }

  accepted(): void {
    // The venue sends the current candle at once, and with it whatever was missed shows.
  }

  end(): void {
    // The candles that were told stay true.
  }

  receive(frame: BybitFrame): void {
    if (frame.type !== 'candles' || this.#connection === undefined) {
      return;
    }
    for (const candle of frame.candles) {
      const event = this.#toEvent(candle, 'stream');
      if (!this.#isHolding && this.#isDue(event)) {
        this.#tell(event, this.#connection);
      } else {
        this.#hold(event);
      }
      if (!this.#isAsking && (this.#isHolding || !this.#hasHistory)) {
        void this.#catchUp(this.#connection);
      }
    }
  }

  /** Whether everything before a candle has been told. */
  #isDue({ start }: Candle): boolean {
    return start <= this.#expected || start <= this.#completeUntil;
  }

  /** What is over is not told once more as if it were not. */
  #tell(candle: Candle, { listener }: FollowerConnection): void {
    if (candle.isConfirmed) {
      const next = nextIntervalStart(candle.interval, candle.start);
      this.#expected = Math.max(this.#expected, next);
    } else if (candle.start < this.#expected) {
      return;
    }
    listener.onEvent(candle);
  }

  #hold(candle: Candle): void {
    this.#isHolding = true;
    const last = this.#held.at(-1);
    if (last?.start === candle.start && !last.isConfirmed) {
      this.#held.pop();
    }
    this.#held.push(candle);
    if (this.#held.length > MAX_HELD) {
      this.#held.shift();
    }
  }

  /** Asks until what is held can be told; never rejects. */
  async #catchUp(connection: FollowerConnection): Promise<void> {
    const { signal } = connection;
    const startedAt = this.#options.clock.elapsed();
    this.#isAsking = true;
    let failures = 0;
    while (!hasEnded(signal)) {
      let waitMs: number;
      try {
        await this.#ask(connection);
        if (hasEnded(signal)) {
          return;
        }
        connection.report(undefined);
        if (this.#release(connection)) {
          this.#isAsking = false;
          return;
        }
        failures = 0;
        waitMs = this.#untilFinalMs();
      } catch (error) {
        if (hasEnded(signal)) {
          return;
        }
        connection.report(`Waits for candles that were missed: ${toError(error).message}`);
        waitMs = backoffDelayMs(failures, RETRY_BACKOFF);
        failures += 1;
        const restMs = startedAt + PATIENCE_MS - this.#options.clock.elapsed();
        if (restMs <= 0) {
          this.#beginWithoutHistory(connection);
        } else {
          waitMs = Math.min(waitMs, restMs);
        }
      }
      await this.#options.clock.sleep(waitMs, signal);
    }
  }

  /** There is nothing to miss before the first candle: a silent channel would be worse. */
  #beginWithoutHistory(connection: FollowerConnection): void {
    const [first] = this.#held;
    if (!this.#hasBegun() && first !== undefined) {
      this.#expected = first.start;
      this.#release(connection);
    }
  }

  #hasBegun(): boolean {
    return this.#hasHistory || Number.isFinite(this.#expected);
  }

  /** How long until an answer can be final up to what is held. */
  #untilFinalMs(): number {
    const restMs = (this.#held[0]?.start ?? -Infinity) - this.#completeUntil;
    return Math.min(FINAL_WAIT.capMs, Math.max(FINAL_WAIT.floorMs, restMs));
  }

  async #ask(connection: FollowerConnection): Promise<void> {
    const hadBegun = this.#hasBegun();
    if (!this.#hasHistory) {
      await this.#askForHistory(connection);
    }
    if (hadBegun && !connection.signal.aborted) {
      await this.#askForMissed(connection);
    }
  }

  async #askForHistory({ listener, signal }: FollowerConnection): Promise<void> {
    const { instrument, symbol, interval, rest } = this.#options;
    const answer = await rest.newestKlines(symbol, interval, SEED_CANDLES, signal);
    const confirmed = answer.candles
      .filter(({ isConfirmed }) => isConfirmed)
      .map((candle) => this.#toEvent(candle, 'history'));
    if (signal.aborted) {
      return;
    }
    const last = confirmed.at(-1);
    if (!this.#hasBegun()) {
      this.#expected = last === undefined ? -Infinity : nextIntervalStart(interval, last.start);
      this.#completeUntil = answer.finalUntil;
    }
    this.#hasHistory = true;
    const channel = formatChannel({ kind: 'candles', instrument, interval });
    const past = confirmed.filter(({ start }) => start < this.#expected);
    listener.onHistory(channel, past);
  }

  /** Page by page, each of them as wide as one answer can be. */
  async #askForMissed(connection: FollowerConnection): Promise<void> {
    const { symbol, interval, rest } = this.#options;
    const { signal } = connection;
    // Where nothing was ever confirmed, something may have been since.
    let since = Number.isFinite(this.#expected) ? this.#expected : this.#completeUntil;
    for (;;) {
      const end = since + (CANDLES_PER_ANSWER - 1) * this.#shortestMs();
      const answer = await rest.klinesSince({ symbol, interval, since, end }, signal);
      if (signal.aborted) {
        return;
      }
      for (const candle of answer.candles) {
        if (candle.isConfirmed && candle.start >= this.#expected) {
          this.#tell(this.#toEvent(candle, 'history'), connection);
        }
      }
      this.#completeUntil = Math.max(this.#completeUntil, Math.min(end, answer.finalUntil));
      if (end >= answer.finalUntil) {
        return;
      }
      since = nextIntervalStart(interval, end);
    }
  }

  /** Tells what is held, as far as nothing is missing before it; true if that is all of it. */
  #release(connection: FollowerConnection): boolean {
    for (let next = this.#held[0]; next !== undefined; next = this.#held[0]) {
      if (this.#isDue(next)) {
        this.#tell(next, connection);
      } else if (next.start <= this.#completeUntil + MAX_AHEAD_MS) {
        return false;
      }
      this.#held.shift();
    }
    this.#isHolding = false;
    return true;
  }

  /** The length of the interval, or less: a page must not be wider than an answer can be. */
  #shortestMs(): number {
    const { interval } = this.#options;
    return interval === 'M' ? SHORTEST_MONTH_MS : nextIntervalStart(interval, 0);
  }

  #toEvent(candle: BybitCandle, source: Candle['source']): Candle {
    const { instrument, interval } = this.#options;
    return { type: 'candle', instrument, interval, ...candle, revision: 0, source };
  }
}

/** Whether a connection is over, which may change while anything is awaited. */
function hasEnded(signal: AbortSignal): boolean {
  return signal.aborted;
}
