import type { MarketEvent } from '@tickwire/protocol';
import { describe, expect, test } from 'vitest';
import { LastValues } from '../../src/tape/last-values.ts';
import { RelayIntake } from '../../src/tape/relay-intake.ts';
import { CANDLES, CORRELATION, priceOf } from '../support/bus-events.ts';
import { TRADES, candleOf } from '../support/live-events.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { createRecordingLogger } from '../support/recording-logger.ts';
import { createStrictBus } from '../support/strict-bus.ts';

const CONFIRMED = { isConfirmed: true };

/** What is relayed by one process after another, each with an intake of its own. */
function createIntakes({ isFollowed = false } = {}) {
  const bus = createStrictBus();
  const clock = new ManualClock();
  const lastValues = new LastValues(() => clock.now());
  lastValues.follow(bus);
  const told: unknown[] = [];
  bus.subscribe(({ event }) => told.push(event));
  bus.watch({ onStart: (start) => told.push(start) });
  const create = (): RelayIntake =>
    new RelayIntake({
      bus,
      lastValues,
      isFollowed: () => isFollowed,
      clock,
      logger: createRecordingLogger(),
    });
  return { told, lastValues, create };
}

function startOf(...candles: readonly MarketEvent[]): unknown {
  return { channel: CANDLES, candles };
}

describe('RelayIntake', () => {
  test('publishes everything but candles as it comes', () => {
    const { told, create } = createIntakes();
    const intake = create();
    const events = [priceOf('EUR_USD', 2), priceOf('EUR_USD', 1), TRADES, TRADES, CORRELATION];
    events.forEach((event) => {
      intake.accept(event);
    });
    expect(told).toEqual(events);
  });

  test('publishes of candles what is news, and tells what their channel starts from once', () => {
    const { told, create } = createIntakes();
    const intake = create();
    for (const fields of [{}, CONFIRMED, CONFIRMED, {}, { ...CONFIRMED, volume: '126' }]) {
      intake.accept(candleOf(0, fields));
    }
    expect(told).toEqual([
      candleOf(0),
      startOf(candleOf(0)),
      candleOf(0, CONFIRMED),
      candleOf(0, { ...CONFIRMED, volume: '126', revision: 1 }),
    ]);
  });

  test('goes on from what the tape has', () => {
    const { told, create } = createIntakes();
    create().accept(candleOf(0, CONFIRMED));
    const next = create();
    told.length = 0;
    next.accept(candleOf(0, CONFIRMED));
    next.accept(candleOf(1));
    expect(told).toEqual([startOf(candleOf(0, CONFIRMED)), candleOf(1)]);
  });

  test('tells what a channel starts from when it is asked, if it has relayed any of it', () => {
    const { told, create } = createIntakes();
    const intake = create();
    intake.accept(candleOf(0, CONFIRMED));
    told.length = 0;
    intake.tellStart(CANDLES);
    intake.tellStart('candles:BTCUSDT:5');
    expect(told).toEqual([startOf(candleOf(0, CONFIRMED))]);
  });

  test('leaves it to a feed to tell what its channel starts from', () => {
    const { told, create } = createIntakes({ isFollowed: true });
    const intake = create();
    intake.accept(candleOf(0, CONFIRMED));
    intake.tellStart(CANDLES);
    expect(told).toEqual([candleOf(0, CONFIRMED)]);
  });
});
