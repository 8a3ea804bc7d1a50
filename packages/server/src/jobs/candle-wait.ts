import { intervalStart } from '@tickwire/protocol';
import type { TimeSpan } from '../domain/gaps.ts';
import type { Clock } from '../ports/clock.ts';
import type { CandleSeriesKey } from '../ports/store.ts';
import type { Backfiller } from './backfill.ts';

export interface CandleWaitOptions {
  readonly backfiller: Pick<Backfiller, 'gaps'>;
  /** What time it is at the venue of an instrument: epoch milliseconds. */
  readonly venueNow: (instrument: string) => number;
  /**
   * Whether all candles of a span were asked for when the venue had completed them: those that are
   * missing still will not come. Where another process fetches them, nobody knows.
   */
  readonly hasAsked?: (series: CandleSeriesKey, span: TimeSpan) => boolean;
  /** How far back candles are kept; nobody fetches what is older. */
  readonly keptMs: number;
  readonly clock: Clock;
}

const HOUR_MS = 3_600_000;
/** A venue's newest event is a little older than its clock, and an hour may have no more of them. */
const LATENESS_MS = 60_000;
const PAUSE_MS = 500;
/**
 * How long nothing may come before what is missing is given up. OANDA completes a candle 1 to 45 s
 * after its end; who fetches it asks up to half a minute later.
 */
const PATIENCE_MS = 120_000;

/** An instrument, and from where on candles of it are missing. */
interface Missing {
  readonly instrument: string;
  readonly span: TimeSpan;
  /** Whether it was known before they were looked for that no more would come. */
  readonly isFinal: boolean;
}

/**
 * Waits for the hourly candles that a job is made of: those of the last hour, which OANDA completes
 * late, and at a first start all that are fetched then.
 */
export class CandleWait {
  readonly #options: CandleWaitOptions;
  /** By instrument, until when its candles were given up: those that did not come before it. */
  readonly #givenUp = new Map<string, number>();

  constructor(options: CandleWaitOptions) {
    this.#options = options;
  }

  /**
   * Resolves once all candles of so long before a fire time are there or will not come, or when none
   * has come for two minutes; with the instruments that still lack some. Who lacked them the
   * last time and still does is not waited for: the others would have to wait for it every time.
   */
  async untilThere(
    instruments: readonly string[],
    { fireTime, backMs, signal }: { fireTime: number; backMs: number; signal: AbortSignal },
  ): Promise<readonly string[]> {
    const missing: Missing[] = [];
    const lacking: string[] = [];
    for (const instrument of instruments) {
      const found = await this.#look(instrument, this.#spanOf(instrument, fireTime, backMs));
      signal.throwIfAborted();
      if (found !== undefined) {
        if (found.span.from < (this.#givenUp.get(instrument) ?? -Infinity)) {
          lacking.push(instrument);
        } else {
          missing.push(found);
        }
      }
    }
    for (const { instrument, span } of await this.#waitFor(missing, signal)) {
      this.#givenUp.set(instrument, this.#endOf(instrument, span.to));
      lacking.push(instrument);
    }
    return lacking;
  }

  /**
   * Resolves with what of that which is missing does not come. Looks at one after another and waits at the first
   * that is still missing, so that looking costs little while all are.
   */
  async #waitFor(missing: readonly Missing[], signal: AbortSignal): Promise<readonly Missing[]> {
    const { clock } = this.#options;
    const waiting = [...missing];
    const lacking: Missing[] = [];
    let cameAt = clock.elapsed();
    for (;;) {
      const [next] = waiting.splice(0, 1);
      if (next === undefined) {
        return lacking;
      }
      if (next.isFinal) {
        lacking.push(next);
        continue;
      }
      const found = await this.#look(next.instrument, next.span);
      signal.throwIfAborted();
      if (found?.span.from !== next.span.from) {
        cameAt = clock.elapsed();
      }
      if (found === undefined) {
        continue;
      }
      waiting.push(found);
      if (found.isFinal) {
        continue;
      }
      if (clock.elapsed() - cameAt >= PATIENCE_MS) {
        return [...lacking, ...waiting];
      }
      await clock.sleep(PAUSE_MS, signal);
      signal.throwIfAborted();
    }
  }

  /** From the first candle of a span on that is missing; undefined where none is. */
  async #look(instrument: string, { from, to }: TimeSpan): Promise<Missing | undefined> {
    // Anew each time: a venue that lives in the past says so only once it is connected.
    const span = { from, to: this.#endOf(instrument, to) };
    if (span.from >= span.to) {
      return undefined;
    }
    const { backfiller, hasAsked = () => false } = this.#options;
    const series = { instrument, interval: '60' } as const;
    // First: what comes in between is there when it is looked for.
    const isFinal = hasAsked(series, span);
    const [first] = await backfiller.gaps(series, span);
    return first && { instrument, span: { from: first.from, to }, isFinal };
  }

  #spanOf(instrument: string, fireTime: number, backMs: number): TimeSpan {
    const { keptMs } = this.#options;
    const to = this.#endOf(instrument, fireTime);
    // Whoever fetches began to look an hour later, perhaps, and with a whole hour.
    return { from: to - Math.min(backMs, keptMs - 2 * HOUR_MS), to: fireTime };
  }

  /** The end of the last hour before a time that the venue has had. */
  #endOf(instrument: string, time: number): number {
    return intervalStart('60', Math.min(time, this.#options.venueNow(instrument) + LATENESS_MS));
  }
}
