import type { Candle } from '@tickwire/protocol';
import { toError } from '../domain/errors.ts';
import { inTime } from '../domain/in-time.ts';
import type { SidedCandle } from '../domain/sided-candle.ts';
import { Spacing } from '../domain/spacing.ts';
import { untilOpened } from '../domain/until-opened.ts';
import type { Bus } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { CandleOverflow } from '../ports/overflow.ts';
import type { Store } from '../ports/store.ts';
import type { RecorderStats } from './recorder-stats.ts';
import { saveEach } from './save-each.ts';
import { type RecordBatch, WaitingRecords } from './waiting-records.ts';
import { WorkSignal } from './work-signal.ts';

export interface RecorderOptions {
  readonly bus: Pick<Bus, 'subscribe'>;
  readonly store: Pick<Store, 'saveAlerts' | 'saveCandles' | 'saveQuotes' | 'saveTrades'>;
  /** Resolves when the store can be used; nothing is asked of it before. */
  readonly opened: Promise<void>;
  /** Where candles wait for which there is no room in memory. */
  readonly overflow: CandleOverflow;
  readonly recordsTrades: boolean;
  /** Quotes that are older when they come are not kept: milliseconds. */
  readonly quoteMaxAgeMs: number;
  /** Told of candles for which there is no room anywhere: they are to be fetched again. */
  readonly onOwed: (candles: readonly Candle[]) => void;
  /** How many confirmed candles wait in memory at most. */
  readonly maxCandles?: number;
  /** How long a stop waits for the store, before it leaves candles to the file. */
  readonly closePatienceMs: number;
  /** What time it is where quotes come from, which may be in the past: epoch milliseconds. */
  readonly venueNow: () => number;
  readonly clock: Clock;
  readonly logger: Logger;
}

const MAX_CANDLES = 10_000;
/** How long a batch that is not full collects: a statement costs more than its rows. */
const BATCH_MS = 250;
/** How often candles that are not over are saved. */
const FORMING_MS = 5_000;
const RETRY = { baseMs: 250, capMs: 5_000 };
/** Candles that move between memory, file and store at once. */
const MOVED_AT_ONCE = 1_000;
const LOG_SPACING_MS = 60_000;

/**
 * Brings what passes over the tape into the store, in batches. The tape never waits for it: while
 * the store is slow or down, candles wait in memory and then in a file, and beyond that they are
 * owed; quotes and alerts wait in memory, and of too many the oldest are dropped. All of it is
 * counted. An alert does not wait for a batch: it comes rarely, and once.
 */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #waiting: WaitingRecords;
  readonly #maxCandles: number;
  readonly #logSpacing = new Spacing(LOG_SPACING_MS);
  readonly #stop = new AbortController();
  readonly #work: WorkSignal;
  /** Taken from what waits, and not saved yet: nothing newer may overtake it. */
  #batch: RecordBatch | undefined;
  #formingAt: number;
  /** Settles when there is room in memory again; undefined while there is. */
  #makingRoom: Promise<void> | undefined;
  #overflowed = 0;
  #owed = 0;
  #rejected = 0;
  #trouble: string | undefined;
  #unsubscribe: (() => void) | undefined;
  #running: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: RecorderOptions) {
    const { clock } = options;
    this.#options = options;
    this.#waiting = new WaitingRecords({ ...options, now: () => clock.now() });
    this.#maxCandles = options.maxCandles ?? MAX_CANDLES;
    this.#formingAt = clock.elapsed();
    this.#work = new WorkSignal(clock, this.#stop.signal);
  }

  start(): void {
    this.#unsubscribe ??= this.#options.bus.subscribe((envelope) => {
      this.#waiting.add(envelope);
      this.#noteWork();
    });
    this.#running ??= this.#run();
  }

  /** Keeps candles that are over and were no events. */
  keep(candles: readonly SidedCandle[]): void {
    this.#waiting.addConfirmed(candles);
    this.#noteWork();
  }

  stats(): RecorderStats {
    return {
      waitingQuotes: this.#waiting.quotes + (this.#batch?.quotes.length ?? 0),
      waitingCandles: this.#waiting.candles + (this.#batch?.candles.length ?? 0),
      waitingAlerts: this.#waiting.alerts + (this.#batch?.alerts.length ?? 0),
      overflowingCandles: this.#options.overflow.count,
      droppedQuotes: this.#waiting.droppedQuotes,
      untimelyQuotes: this.#waiting.untimelyQuotes,
      droppedTrades: this.#waiting.droppedTrades,
      droppedAlerts: this.#waiting.droppedAlerts,
      overflowedCandles: this.#overflowed,
      owedCandles: this.#owed,
      rejectedRecords: this.#rejected,
      trouble: this.#trouble,
    };
  }

  /** Saves what is left or leaves it to the file; never rejects. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  #noteWork(): void {
    if (this.#waiting.candles > this.#maxCandles) {
      this.#makingRoom ??= this.#makeRoom();
    }
    this.#work.note();
  }

  async #run(): Promise<void> {
    const { clock, opened } = this.#options;
    const { signal } = this.#stop;
    if (!(await untilOpened(opened, signal))) {
      return;
    }
    let failures = 0;
    while (await this.#hasWork()) {
      try {
        await this.#saveSome();
        failures = 0;
        this.#noteSuccess();
      } catch (error) {
        this.#noteFailure(toError(error));
        if (signal.aborted) {
          return;
        }
        await clock.sleep(Math.min(RETRY.capMs, RETRY.baseMs * 2 ** failures), signal);
        failures += 1;
      }
    }
  }

  /** Waits until there is something to save; false once there is nothing left and it is closing. */
  async #hasWork(): Promise<boolean> {
    const { clock, overflow } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted && this.#batch === undefined && overflow.count === 0) {
      if (this.#waiting.isUrgent) {
        // Of candles that are on their way to the file none is in a batch, however many they are.
        const mayCollect = !this.#waiting.isFull || this.#makingRoom !== undefined;
        if (mayCollect && this.#waiting.alerts === 0) {
          await this.#work.wait(BATCH_MS, () => this.#waiting.alerts > 0);
        }
        return true;
      }
      if (this.#waiting.hasForming) {
        const restMs = this.#formingAt + FORMING_MS - clock.elapsed();
        await this.#work.wait(restMs, () => this.#waiting.isUrgent);
        if (this.#isFormingDue()) {
          return true;
        }
      } else {
        await this.#work.wait(Infinity, () => true);
      }
    }
    if (signal.aborted) {
      // None of its candles can be taken meanwhile, and with nothing to wait for between one look
      // and the next the file would have no turn.
      await this.#makingRoom;
    }
    const { isUrgent, hasForming } = this.#waiting;
    return this.#batch !== undefined || overflow.count > 0 || isUrgent || hasForming;
  }

  #isFormingDue(): boolean {
    return this.#options.clock.elapsed() >= this.#formingAt + FORMING_MS;
  }

  /** The batch that was begun, then what waits in the file, then a new batch. */
  async #saveSome(): Promise<void> {
    const { overflow, clock } = this.#options;
    if (this.#batch === undefined) {
      const isEmpty = overflow.count === 0 && this.#makingRoom === undefined;
      const withForming = isEmpty && (this.#isFormingDue() || this.#stop.signal.aborted);
      if (withForming) {
        this.#formingAt = clock.elapsed();
      }
      this.#batch = this.#waiting.take({ withCandles: isEmpty, withForming });
    }
    await this.#saveBatch(this.#batch);
    this.#batch = undefined;
    if (overflow.count > 0) {
      const candles = await overflow.oldest(MOVED_AT_ONCE);
      await this.#saveEach(candles, (some) => this.#options.store.saveCandles(some));
      await overflow.drop(candles.length);
    }
  }

  async #saveBatch({ alerts, quotes, trades, candles }: RecordBatch): Promise<void> {
    const { store } = this.#options;
    await this.#saveEach(alerts, (some) => store.saveAlerts(some));
    await this.#saveEach(quotes, (some) => store.saveQuotes(some));
    await this.#saveEach(trades, (some) => store.saveTrades(some));
    await this.#saveEach(candles, (some) => store.saveCandles(some));
  }

  async #saveEach<T>(
    records: readonly T[],
    save: (records: readonly T[]) => Promise<unknown>,
  ): Promise<void> {
    await saveEach(records, save, (record, error) => {
      this.#reject(record, error);
    });
  }

  #reject(record: unknown, error: Error): void {
    const { logger, clock } = this.#options;
    this.#rejected += 1;
    if (this.#logSpacing.take(clock.elapsed())) {
      const fields = { err: error, record, rejectedRecords: this.#rejected };
      logger.error(fields, 'The store refused a record');
    }
  }

  /** Moves the oldest candles into the file, until half of the room is free. */
  async #makeRoom(): Promise<void> {
    while (this.#waiting.candles > this.#maxCandles / 2) {
      await this.#overflow(this.#waiting.takeCandles(MOVED_AT_ONCE));
    }
    this.#makingRoom = undefined;
  }

  async #overflow(candles: readonly SidedCandle[]): Promise<void> {
    const { overflow, onOwed, logger, clock } = this.#options;
    const isKept = await overflow.push(candles).catch((error: unknown) => {
      if (this.#logSpacing.take(clock.elapsed())) {
        logger.error({ err: error }, 'Candles that wait for the store cannot be written to a file');
      }
      return false;
    });
    if (isKept) {
      this.#overflowed += candles.length;
    } else {
      this.#owed += candles.length;
      onOwed(candles);
    }
  }

  #noteSuccess(): void {
    if (this.#trouble !== undefined) {
      this.#trouble = undefined;
      this.#options.logger.info(this.stats(), 'The store takes records again');
    }
  }

  #noteFailure(error: Error): void {
    const { logger, clock } = this.#options;
    this.#trouble = error.message;
    if (this.#logSpacing.take(clock.elapsed())) {
      logger.warn({ ...this.stats(), err: error }, 'Records wait: the store does not take them');
    }
  }

  async #close(): Promise<void> {
    const { clock, overflow, closePatienceMs, logger } = this.#options;
    this.#unsubscribe?.();
    this.#stop.abort();
    await inTime(Promise.resolve(this.#running), closePatienceMs, clock);
    await this.#makingRoom;
    const left = [...(this.#batch?.candles ?? []), ...this.#waiting.takeCandles(Infinity)];
    const confirmed = left.filter(({ isConfirmed }) => isConfirmed);
    if (confirmed.length > 0) {
      await this.#overflow(confirmed);
    }
    const { waitingAlerts } = this.stats();
    if (waitingAlerts > 0) {
      logger.error({ waitingAlerts }, 'Alerts are lost: the store has not taken them in time');
    }
    await overflow.close();
  }
}
