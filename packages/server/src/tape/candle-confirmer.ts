import {
  type Candle,
  type Interval,
  formatChannel,
  intervalStart,
  nextIntervalStart,
} from '@tickwire/protocol';
import { FeedError } from '../domain/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { CandleHistory } from '../ports/history.ts';
import type { CandleIntake } from './candle-intake.ts';
import type { FormingCandle } from './forming-candle.ts';

export interface CandleConfirmerOptions {
  readonly instrument: string;
  readonly interval: Interval;
  readonly history: CandleHistory;
  readonly intake: CandleIntake;
  readonly forming: FormingCandle;
  /** The newest time that the venue has shown: epoch milliseconds, 0 before any. */
  readonly venueTime: () => number;
  readonly clock: Clock;
  /** Called with what kept the venue from answering. */
  readonly onTrouble: (error: unknown) => void;
}

/** What a channel starts from. */
const SEED_CANDLES = 200;
/** How long the candle that is being built is held back for what the channel starts from. */
const PATIENCE_MS = 10_000;
const CANDLES_PER_PAGE = 500;
/** How much later than its history a venue's stream may tell of a price: OANDA's window. */
const STREAM_LATENESS_MS = 250;
/** The venue completes a candle a little after its end. */
const COMPLETION_MS = 1_000;
const MAX_WAIT_MS = 30_000;
/** A refusal rarely passes by itself, and OANDA wants no hammering. */
const MAX_REFUSED_WAIT_MS = 300_000;

/**
 * Has the candles of one channel confirmed by their venue, whose word is final.
 *
 * First it asks for what the channel starts from. Then it waits until the venue's time, as quotes
 * show it, has passed the end of a candle, and asks for all since the last one that is confirmed,
 * that one included, so that a correction shows; again and again, with growing waits, until what
 * has ended is confirmed. A candle that the venue never completes is waited for only until a later
 * one is confirmed. Where the venue's time stands still, as it does when the market closes, one
 * question for each width of a candle finds out about the last one.
 */
export class CandleConfirmer {
  readonly #options: CandleConfirmerOptions;
  /** The start of the last confirmed candle, from which the next question goes on. */
  #since: number | undefined;
  /** Whatever ended before has been told, if it exists: the venue's epoch milliseconds. */
  #settledUntil = 0;
  #wake: (() => void) | undefined;

  constructor(options: CandleConfirmerOptions) {
    this.#options = options;
  }

  /** Runs until the signal aborts; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, forming } = this.#options;
    const patience = clock.schedule(PATIENCE_MS, () => {
      forming.open();
    });
    await this.#askUntilSettled(signal);
    patience.cancel();
    while (!signal.aborted) {
      await this.#awaitEnd(signal);
      await clock.sleep(COMPLETION_MS, signal);
      await this.#askUntilSettled(signal);
    }
  }

  /** Has the venue asked, if its time has passed the end of a candle. */
  noteTime(): void {
    if (this.#isDue()) {
      this.#wake?.();
    }
  }

  #isDue(): boolean {
    const { interval, venueTime } = this.#options;
    return venueTime() >= nextIntervalStart(interval, this.#settledUntil);
  }

  async #awaitEnd(signal: AbortSignal): Promise<void> {
    const { clock, interval } = this.#options;
    if (this.#isDue()) {
      return;
    }
    // Not `AbortSignal.any`: Node 20 keeps a little of each for as long as the first signal lives.
    const wait = new AbortController();
    const end = (): void => {
      wait.abort();
    };
    signal.addEventListener('abort', end);
    this.#wake = end;
    await clock.sleep(nextIntervalStart(interval, 0), wait.signal);
    this.#wake = undefined;
    signal.removeEventListener('abort', end);
  }

  async #askUntilSettled(signal: AbortSignal): Promise<void> {
    let attempt = 0;
    while (!signal.aborted) {
      const before = this.#since;
      const { isSettled, trouble } = await this.#tryToAsk(signal);
      if (isSettled) {
        return;
      }
      attempt = this.#since === before ? attempt : 0;
      await this.#options.clock.sleep(waitMs(attempt, trouble), signal);
      attempt += 1;
    }
  }

  async #tryToAsk(signal: AbortSignal): Promise<{ isSettled: boolean; trouble?: unknown }> {
    const { forming, onTrouble } = this.#options;
    try {
      return { isSettled: await this.#ask(signal) };
    } catch (error) {
      if (!signal.aborted) {
        onTrouble(error);
      }
      return { isSettled: false, trouble: error };
    } finally {
      // Without an answer the channel begins with what quotes make of it.
      if (!signal.aborted) {
        forming.open();
      }
    }
  }

  /** Asks once; true where all that has ended is confirmed. */
  async #ask(signal: AbortSignal): Promise<boolean> {
    const { interval, forming, venueTime } = this.#options;
    const endedUntil = intervalStart(interval, venueTime());
    const newest = await (this.#since === undefined
      ? this.#askForBeginning(signal)
      : this.#askSince(this.#since, signal));
    const ended = forming.newestStartBefore(endedUntil);
    const isOursOpen = ended !== undefined && (this.#since === undefined || ended > this.#since);
    const isVenuesOpen = newest !== undefined && !newest.isConfirmed && newest.start < endedUntil;
    if (signal.aborted || isOursOpen || isVenuesOpen) {
      return false;
    }
    const { start = 0, isConfirmed = false } = newest ?? {};
    const newestUntil = isConfirmed ? nextIntervalStart(interval, start) : start;
    this.#settledUntil = Math.max(this.#settledUntil, endedUntil, newestUntil);
    return true;
  }

  /**
   * Asks for the newest candles and returns the last. What had ended before anything was told is
   * what the channel starts from; what has ended since is news.
   */
  async #askForBeginning(signal: AbortSignal): Promise<Candle | undefined> {
    const { instrument, interval, history, intake, forming } = this.#options;
    const query = { instrument, interval, since: undefined, limit: SEED_CANDLES };
    const candles = await history.candles(query, signal);
    if (signal.aborted) {
      return undefined;
    }
    const { toldFrom = Infinity } = forming;
    const isWhole = candles.length < SEED_CANDLES || (candles[0]?.start ?? 0) <= toldFrom;
    if (!isWhole) {
      return this.#askSince(toldFrom, signal);
    }
    const isEarlier = ({ start, isConfirmed }: Candle): boolean => isConfirmed && start < toldFrom;
    const earlier = candles.filter(isEarlier);
    intake.begin(formatChannel({ kind: 'candles', instrument, interval }), earlier);
    forming.noteNews();
    this.#since = earlier.at(-1)?.start;
    this.#take(candles.filter((candle) => !isEarlier(candle)));
    return candles.at(-1);
  }

  /** Asks page by page for all candles since one, and returns the last. */
  async #askSince(since: number, signal: AbortSignal): Promise<Candle | undefined> {
    const { instrument, interval, history } = this.#options;
    const query = { instrument, interval, limit: CANDLES_PER_PAGE };
    for (let from = since; ;) {
      const page = await history.candles({ ...query, since: from }, signal);
      if (signal.aborted) {
        return undefined;
      }
      this.#take(page);
      const last = page.at(-1);
      if (last === undefined || page.length < CANDLES_PER_PAGE || last.start <= from) {
        return last;
      }
      from = last.start;
    }
  }

  #take(candles: readonly Candle[]): void {
    const { intake, forming, venueTime } = this.#options;
    for (const candle of candles) {
      if (candle.isConfirmed) {
        intake.accept(candle);
        this.#since = Math.max(this.#since ?? 0, candle.start);
      } else {
        forming.continueFrom(candle, venueTime() + STREAM_LATENESS_MS);
      }
    }
  }
}

function waitMs(attempt: number, trouble: unknown): number {
  const backoffMs = COMPLETION_MS * 2 ** attempt;
  if (!(trouble instanceof FeedError)) {
    return Math.min(backoffMs, MAX_WAIT_MS);
  }
  const isRefused = trouble.code === 'FEED_UNAUTHORIZED' || trouble.code === 'FEED_REFUSED';
  const longestMs = isRefused ? MAX_REFUSED_WAIT_MS : MAX_WAIT_MS;
  return Math.max(Math.min(backoffMs, longestMs), trouble.retryAfterMs ?? 0);
}
