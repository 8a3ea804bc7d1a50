import type { Candle, MarketEvent, Quote } from '@tickwire/protocol';
import { describe, expect, onTestFinished, test } from 'vitest';
import { StoreError } from '../../src/domain/errors.ts';
import type { SidedCandle } from '../../src/domain/sided-candle.ts';
import type { CandleOverflow } from '../../src/ports/overflow.ts';
import { Recorder } from '../../src/tape/recorder.ts';
import { correlationAlert, idsOf, volatilityAlert } from '../support/alerts.ts';
import { minuteCandle } from '../support/candle.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { createRecordingLogger } from '../support/recording-logger.ts';
import { ScriptedStore } from '../support/scripted-store.ts';
import { createLog } from '../support/channel-log.ts';
import { createStrictBus } from '../support/strict-bus.ts';

const CONFIRMED = { isConfirmed: true };
const DAY_MS = 86_400_000;
const DOWN = new StoreError('STORE_UNAVAILABLE', 'The database is down');

/** Candles that wait, in memory. */
class FakeOverflow implements CandleOverflow {
  candles: SidedCandle[] = [];
  limit = Infinity;
  failure: Error | undefined;
  /** While set, whoever puts candles into it waits for it. */
  delay: Promise<void> | undefined;
  isClosed = false;
  #looks = 0;

  start(): Promise<void> {
    return Promise.resolve();
  }
  get count(): number {
    this.#looks += 1;
    if (this.#looks > 100_000) {
      throw new Error('Looked at without end: nothing else has a turn');
    }
    return this.candles.length;
  }
  async push(candles: readonly SidedCandle[]): Promise<boolean> {
    await this.delay;
    if (this.failure !== undefined) {
      throw this.failure;
    }
    if (this.isClosed) {
      throw new Error('Expected the overflow to be open');
    }
    if (this.candles.length + candles.length > this.limit) {
      return false;
    }
    this.candles.push(...candles);
    return true;
  }
  oldest(limit: number): Promise<readonly SidedCandle[]> {
    return Promise.resolve(this.candles.slice(0, limit));
  }
  drop(count: number): Promise<void> {
    this.candles = this.candles.slice(count);
    return Promise.resolve();
  }
  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }
}

function createRecorder({
  opened = Promise.resolve(),
  recordsTrades = false,
  maxCandles = 10,
} = {}) {
  const clock = new ManualClock(Date.UTC(2026, 5, 1, 1));
  const bus = createStrictBus(createLog('first', () => clock.now()));
  const store = new ScriptedStore();
  const overflow = new FakeOverflow();
  const owed: Candle[] = [];
  const logger = createRecordingLogger();
  const recorder = new Recorder({
    bus,
    store,
    opened,
    overflow,
    recordsTrades,
    quoteMaxAgeMs: DAY_MS,
    closePatienceMs: 3_000,
    venueNow: () => clock.now(),
    onOwed: (candles) => {
      owed.push(...candles);
    },
    maxCandles,
    clock,
    logger,
  });
  recorder.start();
  onTestFinished(async () => {
    const closing = recorder.close();
    await clock.advance(10_000);
    await closing;
  });
  const publish = (...events: readonly MarketEvent[]): void => {
    for (const event of events) {
      bus.publish(event);
    }
  };
  return { recorder, bus, clock, store, overflow, owed, logger, publish };
}

function quoteAt(clock: ManualClock, ageMs = 0, bid = '1.1'): Quote {
  const time = new Date(clock.now() - ageMs).toISOString();
  return { type: 'quote', instrument: 'EUR_USD', bid, ask: '1.2', mid: '1.15', time };
}

function confirmed(from: number, to: number): Candle[] {
  return Array.from({ length: to - from }, (_, index) => minuteCandle(from + index, CONFIRMED));
}

describe('Recorder', () => {
  test('saves what passes, many at once', async () => {
    const { clock, store, publish } = createRecorder();
    const quotes = [quoteAt(clock, 0, '1.1'), quoteAt(clock, 0, '1.11'), quoteAt(clock, 0, '1.12')];
    publish(...quotes, minuteCandle(0, CONFIRMED), minuteCandle(1, CONFIRMED));
    await clock.advance(1_000);
    expect(store.quotes).toEqual(quotes);
    expect(store.candles).toEqual(confirmed(0, 2));
    expect(store.calls).toBe(2);
  });

  test('saves without a pause while more waits than is saved at once', async () => {
    const { clock, store, recorder, publish } = createRecorder();
    publish(...Array.from({ length: 20_000 }, (_, index) => quoteAt(clock, 0, String(index))));
    await clock.advance(0);
    expect(store.quotes).toHaveLength(20_000);
    publish(...Array.from({ length: 2_400 }, (_, index) => quoteAt(clock, 0, String(index))));
    await clock.advance(0);
    expect(recorder.stats().waitingQuotes).toBe(400);
    await clock.advance(250);
    expect(store.quotes).toHaveLength(22_400);
  });

  test('saves trades only where that is wanted', async () => {
    const trades: MarketEvent = {
      type: 'trades',
      instrument: 'BTCUSDT',
      trades: [{ time: 1, side: 'Buy', price: '1', size: '1', id: 'a' }],
    };
    const wanted = createRecorder({ recordsTrades: true });
    const unwanted = createRecorder();
    wanted.publish(trades);
    unwanted.publish(trades);
    await Promise.all([wanted.clock.advance(1_000), unwanted.clock.advance(1_000)]);
    expect(wanted.store.trades).toEqual([trades]);
    expect(unwanted.store.trades).toEqual([]);
  });

  test('saves of a candle that is not over only the newest, once in a while', async () => {
    const { clock, store, publish } = createRecorder();
    for (let second = 0; second < 12; second += 1) {
      publish(minuteCandle(0, { volume: String(second) }));
      await clock.advance(1_000);
    }
    expect(store.candles.map(({ volume }) => volume)).toEqual(['4', '9']);
  });

  test('saves no candle as unconfirmed once it is confirmed', async () => {
    const { clock, store, publish } = createRecorder();
    publish(minuteCandle(0), minuteCandle(0, CONFIRMED));
    await clock.advance(10_000);
    expect(store.candles).toEqual(confirmed(0, 1));
  });

  test('keeps what was no event', async () => {
    const { clock, store, recorder } = createRecorder();
    recorder.keep(confirmed(0, 3));
    await clock.advance(1_000);
    expect(store.candles).toEqual(confirmed(0, 3));
  });

  test('passes over prices of a time that nobody keeps', async () => {
    const { clock, store, recorder, publish } = createRecorder();
    const known = quoteAt(clock, DAY_MS - 1);
    publish(quoteAt(clock, 2 * DAY_MS), known, quoteAt(clock, -2 * 3_600_000));
    publish({ ...known, time: 'yesterday' });
    await clock.advance(1_000);
    expect(store.quotes).toEqual([known]);
    expect(recorder.stats().untimelyQuotes).toBe(3);
  });

  test('asks nothing of a store that is not open yet, and loses nothing meanwhile', async () => {
    let open: () => void = () => undefined;
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { clock, store, publish } = createRecorder({ opened });
    publish(quoteAt(clock), ...confirmed(0, 3));
    await clock.advance(60_000);
    expect(store.calls).toBe(0);
    open();
    await clock.advance(1_000);
    expect(store.quotes).toHaveLength(1);
    expect(store.candles).toEqual(confirmed(0, 3));
  });

  describe('an alert', () => {
    test('is saved with its id and the time at which it was numbered', async () => {
      const { clock, store, publish } = createRecorder();
      const time = clock.now();
      publish(volatilityAlert(), correlationAlert());
      await clock.advance(1_000);
      expect(store.alerts).toMatchObject([
        { id: 'first:1', time, event: volatilityAlert() },
        { id: 'first:2', time, event: correlationAlert() },
      ]);
    });

    test('does not wait until a batch has collected, also where one has begun to', async () => {
      const { clock, store, publish } = createRecorder();
      publish(volatilityAlert());
      await clock.advance(0);
      expect(idsOf(store.alerts)).toEqual(['first:1']);
      publish(quoteAt(clock));
      await clock.advance(100);
      expect(store.quotes).toEqual([]);
      publish(volatilityAlert());
      await clock.advance(0);
      expect(idsOf(store.alerts)).toEqual(['first:1', 'first:2']);
    });

    test('is saved before all that waits with it', async () => {
      const { clock, store, publish } = createRecorder();
      const events: string[] = [];
      store.refuse = (record) => {
        events.push('id' in record ? 'alert' : record.type);
        return undefined;
      };
      publish(quoteAt(clock), minuteCandle(0, CONFIRMED), volatilityAlert());
      await clock.advance(1_000);
      expect(events).toEqual(['alert', 'quote', 'candle']);
    });

    test('waits while the store is down, in its order, and is counted', async () => {
      const { clock, store, recorder, publish } = createRecorder();
      store.failure = DOWN;
      publish(volatilityAlert());
      await clock.advance(1_000);
      publish(correlationAlert(), volatilityAlert());
      expect(recorder.stats()).toMatchObject({ waitingAlerts: 3, droppedAlerts: 0 });
      store.failure = undefined;
      await clock.advance(30_000);
      expect(idsOf(store.alerts)).toEqual(['first:1', 'first:2', 'first:3']);
      expect(recorder.stats()).toMatchObject({ waitingAlerts: 0 });
    });

    test('is dropped, the oldest first, only where very many wait, and counted', async () => {
      const { clock, store, recorder, publish } = createRecorder();
      store.failure = DOWN;
      publish(volatilityAlert());
      await clock.advance(1_000);
      publish(...Array.from({ length: 20_003 }, () => volatilityAlert()));
      expect(recorder.stats()).toMatchObject({ waitingAlerts: 20_001, droppedAlerts: 3 });
      store.failure = undefined;
      await clock.advance(30_000);
      expect(idsOf(store.alerts).slice(0, 2)).toEqual(['first:1', 'first:5']);
    });

    test('that cannot be saved before the end is not lost silently', async () => {
      const { clock, store, recorder, publish, logger } = createRecorder();
      store.failure = DOWN;
      publish(volatilityAlert());
      await clock.advance(1_000);
      publish(volatilityAlert());
      const closing = recorder.close();
      await clock.advance(10_000);
      await closing;
      expect(logger.lines.filter(({ level }) => level === 'error')).toMatchObject([
        { message: 'Alerts are lost: the store has not taken them in time' },
      ]);
    });

    test('is saved with what is left when the recorder is closed', async () => {
      const { store, recorder, publish, logger } = createRecorder();
      publish(volatilityAlert());
      await recorder.close();
      expect(idsOf(store.alerts)).toEqual(['first:1']);
      expect(logger.lines).toEqual([]);
    });
  });

  describe('while the store is down', () => {
    test('keeps candles in their order: in memory, then in the file, and says so', async () => {
      const { clock, store, overflow, recorder, publish, logger } = createRecorder();
      store.failure = DOWN;
      publish(...confirmed(0, 4));
      await clock.advance(1_000);
      for (const candle of confirmed(4, 30)) {
        publish(candle);
        await clock.advance(10);
      }
      expect(overflow.count).toBeGreaterThan(0);
      const stats = recorder.stats();
      expect(stats.waitingCandles + stats.overflowingCandles).toBe(30);
      expect(stats.trouble).toContain('down');
      expect(logger.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);

      store.failure = undefined;
      await clock.advance(30_000);
      expect(store.candles).toEqual(confirmed(0, 30));
      expect(overflow.count).toBe(0);
      expect(recorder.stats()).toMatchObject({ owedCandles: 0, trouble: undefined });
    });

    test('owes the candles that there is no room for', async () => {
      const { clock, store, overflow, owed, recorder, publish } = createRecorder();
      store.failure = DOWN;
      overflow.limit = 10;
      for (const candle of confirmed(0, 60)) {
        publish(candle);
        await clock.advance(10);
      }
      expect(owed.length).toBeGreaterThan(0);
      expect(recorder.stats().owedCandles).toBe(owed.length);
      store.failure = undefined;
      await clock.advance(30_000);
      const all = [...store.candles, ...owed].sort((a, b) => a.start - b.start);
      expect(all).toEqual(confirmed(0, 60));
    });

    test('owes them as well where the file cannot be written', async () => {
      const { clock, store, overflow, owed, publish, logger } = createRecorder();
      store.failure = DOWN;
      overflow.failure = new Error('No space left on device');
      publish(...confirmed(0, 30));
      await clock.advance(1_000);
      expect(owed.length).toBeGreaterThan(0);
      expect(logger.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
    });

    test('drops the oldest of too many quotes, and counts them', async () => {
      const { clock, store, recorder, publish } = createRecorder();
      store.failure = DOWN;
      publish(quoteAt(clock, 0, '9'));
      await clock.advance(1_000);
      const quotes = Array.from({ length: 20_003 }, (_, index) => quoteAt(clock, 0, String(index)));
      publish(...quotes);
      expect(recorder.stats().droppedQuotes).toBe(3);
      store.failure = undefined;
      await clock.advance(60_000);
      expect(store.quotes.map(({ bid }) => bid)).toEqual([
        '9',
        ...quotes.slice(3).map((q) => q.bid),
      ]);
    });

    test('does not hold up who publishes while the store does not answer at all', async () => {
      const { clock, store, overflow, recorder, publish } = createRecorder();
      store.delay = new Promise(() => undefined);
      publish(...confirmed(0, 4));
      await clock.advance(1_000);
      publish(...confirmed(4, 40));
      await clock.advance(1_000);
      expect(overflow.count).toBeGreaterThan(0);
      const closing = recorder.close();
      await clock.advance(3_000);
      await closing;
      const left = overflow.candles.toSorted((a, b) => a.start - b.start);
      expect(left).toEqual(confirmed(0, 40));
    });
  });

  test('loses a record that the store refuses alone', async () => {
    const { clock, store, recorder, publish, logger } = createRecorder({ maxCandles: 100 });
    const [, bad] = confirmed(0, 2);
    store.refuse = (record) =>
      record === bad ? new StoreError('STORE_QUERY_FAILED', 'value out of range') : undefined;
    const candles = [...confirmed(0, 1), ...(bad === undefined ? [] : [bad]), ...confirmed(2, 20)];
    publish(...candles);
    await clock.advance(1_000);
    expect(store.candles).toEqual(candles.filter((candle) => candle !== bad));
    expect(recorder.stats()).toMatchObject({ rejectedRecords: 1, trouble: undefined });
    expect(logger.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
  });

  test('waits where it is not the record that is refused', async () => {
    const { clock, store, publish } = createRecorder();
    store.failure = new StoreError('STORE_REFUSED', 'permission denied');
    publish(...confirmed(0, 2));
    await clock.advance(10_000);
    store.failure = undefined;
    await clock.advance(10_000);
    expect(store.candles).toEqual(confirmed(0, 2));
  });

  test('saves what an earlier run has left in the file, before anything newer', async () => {
    const { clock, store, overflow, publish } = createRecorder();
    overflow.candles = confirmed(0, 1_500);
    publish(...confirmed(1_500, 1_502));
    await clock.advance(5_000);
    expect(store.candles).toEqual(confirmed(0, 1_502));
  });

  test('saves all that waits when it is closed, what is not over too', async () => {
    const { store, overflow, recorder, publish, clock } = createRecorder();
    publish(quoteAt(clock), ...confirmed(0, 3), minuteCandle(3));
    await recorder.close();
    expect(store.quotes).toHaveLength(1);
    expect(store.candles).toEqual([...confirmed(0, 3), minuteCandle(3)]);
    expect(overflow.isClosed).toBe(true);
  });

  test('leaves candles to the file when it is closed while the store is down', async () => {
    const { store, overflow, recorder, publish, clock } = createRecorder();
    store.failure = DOWN;
    publish(...confirmed(0, 3));
    await clock.advance(1_000);
    publish(...confirmed(3, 5));
    await recorder.close();
    expect(overflow.candles).toEqual(confirmed(0, 5));
  });

  test('lets the file take what is on its way there before it is closed', async () => {
    const { store, overflow, owed, recorder, publish, clock } = createRecorder({
      maxCandles: 1_000,
    });
    let write: () => void = () => undefined;
    overflow.delay = new Promise((resolve) => {
      write = resolve;
    });
    publish(quoteAt(clock), ...confirmed(0, 3_500));
    await clock.advance(1_000);
    expect(store.quotes).toHaveLength(1);
    const closing = recorder.close();
    await clock.advance(1_000);
    expect(overflow.isClosed).toBe(false);
    write();
    await closing;
    const all = [...store.candles, ...overflow.candles].toSorted((a, b) => a.start - b.start);
    expect(all).toEqual(confirmed(0, 3_500));
    expect(owed).toEqual([]);
  });

  test('waits for the file where the store does not answer either', async () => {
    const { store, overflow, owed, recorder, publish, clock } = createRecorder({
      maxCandles: 1_000,
    });
    store.delay = new Promise(() => undefined);
    let write: () => void = () => undefined;
    overflow.delay = new Promise((resolve) => {
      write = resolve;
    });
    publish(quoteAt(clock));
    await clock.advance(1_000);
    publish(...confirmed(0, 3_500));
    const closing = recorder.close();
    await clock.advance(10_000);
    expect(overflow.isClosed).toBe(false);
    write();
    await closing;
    expect(overflow.candles).toEqual(confirmed(0, 3_500));
    expect(owed).toEqual([]);
  });

  test('leaves no timer behind when it is closed', async () => {
    const { recorder, clock } = createRecorder();
    await recorder.close();
    expect(clock.waiting).toBe(0);
  });
});
