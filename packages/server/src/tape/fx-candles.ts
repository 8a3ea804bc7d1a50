import { type Interval, type Quote, formatChannel, intervalStart } from '@tickwire/protocol';
import { Spacing } from '../domain/spacing.ts';
import type { Bus, Envelope } from '../ports/bus.ts';
import type { Clock, ScheduledCall } from '../ports/clock.ts';
import type { CandleHistory } from '../ports/history.ts';
import type { Logger } from '../ports/logger.ts';
import { CandleConfirmer } from './candle-confirmer.ts';
import type { CandleIntake } from './candle-intake.ts';
import { FormingCandle } from './forming-candle.ts';

/** The intervals that FX candles have here: those of the venue's that begin where ours do. */
export const FX_INTERVALS = ['1', '5', '15', '60'] as const satisfies readonly Interval[];

export interface FxCandlesOptions {
  /** Where the quotes are. */
  readonly bus: Bus;
  /** Where the candles go. */
  readonly intake: CandleIntake;
  /** Where candles are confirmed; undefined where nobody can, and then none ever is. */
  readonly history: CandleHistory | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How often a candle that is being built is told, at most. */
const TELL_EVERY_MS = 1_000;
const LOG_SPACING_MS = 60_000;
/** A quote from further ahead of our clock would keep all others out until its time has come. */
const MAX_AHEAD_MS = 3_600_000;

/** One channel that is followed. */
interface Followed {
  readonly instrument: string;
  readonly forming: FormingCandle;
  readonly confirmer: CandleConfirmer | undefined;
  readonly stop: AbortController;
}

/**
 * The candles of FX, for the channels that are followed: built from quotes while they last, and
 * confirmed by the venue, whose word is final. What the time is, the newest quote of any instrument
 * says: the venue may live in the past, and faster than our clock.
 */
export class FxCandles {
  readonly name = 'FX candles';
  readonly #options: FxCandlesOptions;
  readonly #channels = new Map<string, Followed>();
  readonly #byInstrument = new Map<string, readonly Followed[]>();
  /** What runs, those that were unfollowed and have not ended yet included. */
  readonly #running = new Set<Promise<void>>();
  readonly #logSpacing = new Spacing(LOG_SPACING_MS);
  #venueTime = 0;
  #isStarted = false;
  #unsubscribe: (() => void) | undefined;
  #sweep: ScheduledCall | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: FxCandlesOptions) {
    this.#options = options;
  }

  /** Begins to read quotes, and to have the candles of what is followed confirmed. */
  start(): void {
    if (this.#isStarted || this.#closing !== undefined) {
      return;
    }
    this.#isStarted = true;
    this.#unsubscribe = this.#options.bus.subscribe((envelope) => {
      this.#receive(envelope);
    });
    for (const followed of this.#channels.values()) {
      this.#run(followed);
    }
  }

  /** Ends all that runs; resolves when nothing is left, and never rejects. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Follows the candles of an instrument and interval; a second time changes nothing. */
  follow(instrument: string, interval: Interval): void {
    const channel = formatChannel({ kind: 'candles', instrument, interval });
    if (this.#channels.has(channel) || this.#closing !== undefined) {
      return;
    }
    const followed = this.#toFollowed(channel, instrument, interval);
    this.#channels.set(channel, followed);
    this.#byInstrument.set(instrument, [...(this.#byInstrument.get(instrument) ?? []), followed]);
    if (this.#isStarted) {
      this.#run(followed);
    }
  }

  /** Forgets the candles of an instrument and interval; what the tape keeps is not ours. */
  unfollow(instrument: string, interval: Interval): void {
    const channel = formatChannel({ kind: 'candles', instrument, interval });
    const followed = this.#channels.get(channel);
    if (followed === undefined) {
      return;
    }
    followed.stop.abort();
    this.#channels.delete(channel);
    const others = this.#byInstrument.get(instrument)?.filter((other) => other !== followed) ?? [];
    if (others.length === 0) {
      this.#byInstrument.delete(instrument);
    } else {
      this.#byInstrument.set(instrument, others);
    }
  }

  #toFollowed(channel: string, instrument: string, interval: Interval): Followed {
    const { intake, history, clock } = this.#options;
    const stop = new AbortController();
    const forming = new FormingCandle({
      instrument,
      interval,
      tell: (candle) => {
        intake.accept(candle);
      },
      onChanged: () => {
        this.#scheduleSweep();
      },
    });
    const confirmer =
      history &&
      new CandleConfirmer({
        instrument,
        interval,
        history,
        intake,
        forming,
        venueTime: () => this.#venueTime,
        clock,
        onTrouble: (error) => {
          this.#report(channel, error);
        },
      });
    return { instrument, forming, confirmer, stop };
  }

  #run({ forming, confirmer, stop }: Followed): void {
    if (confirmer === undefined) {
      forming.open();
      return;
    }
    const running = confirmer.run(stop.signal).finally(() => {
      this.#running.delete(running);
    });
    this.#running.add(running);
  }

  #receive({ event }: Envelope): void {
    if (event.type === 'quote' && this.#channels.size > 0) {
      this.#read(event);
    }
  }

  #read({ instrument, mid, time: venueTime }: Quote): void {
    const time = Date.parse(venueTime);
    if (!(time <= this.#options.clock.now() + MAX_AHEAD_MS)) {
      return;
    }
    for (const { forming } of this.#byInstrument.get(instrument) ?? []) {
      forming.add(mid, time);
    }
    const before = this.#venueTime;
    this.#venueTime = Math.max(before, time);
    // Every interval ends where a minute does.
    if (intervalStart('1', before) < intervalStart('1', this.#venueTime)) {
      for (const { confirmer } of this.#channels.values()) {
        confirmer?.noteTime();
      }
    }
  }

  #scheduleSweep(): void {
    if (this.#closing === undefined) {
      this.#sweep ??= this.#options.clock.schedule(TELL_EVERY_MS, () => {
        this.#sweep = undefined;
        for (const { forming } of this.#channels.values()) {
          forming.flush();
        }
      });
    }
  }

  #report(channel: string, error: unknown): void {
    const { logger, clock } = this.#options;
    logger.debug({ err: error, channel }, 'The venue did not tell its candles');
    if (this.#logSpacing.take(clock.elapsed())) {
      logger.warn({ err: error, channel }, 'Candles wait to be confirmed: the venue does not tell');
    }
  }

  async #close(): Promise<void> {
    this.#unsubscribe?.();
    this.#sweep?.cancel();
    for (const { stop } of this.#channels.values()) {
      stop.abort();
    }
    this.#channels.clear();
    this.#byInstrument.clear();
    await Promise.all(this.#running);
  }
}
