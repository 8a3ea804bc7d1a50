import { type Candle, type Quote, intervalStart } from '@tickwire/protocol';
import { describe, expect, test } from 'vitest';
import { recallAlerts, recallCandles, recallPrices } from '../../src/app/warm-start.ts';
import type { SidedCandle } from '../../src/domain/sided-candle.ts';
import { LastValues } from '../../src/tape/last-values.ts';
import type { StoredAlertsQuery } from '../../src/ports/store.ts';
import { idsOf, keptAlert } from '../support/alerts.ts';
import { MINUTE_MS, START, minuteCandle } from '../support/candle.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { createRecordingLogger } from '../support/recording-logger.ts';

const CHANNEL = { kind: 'candles', instrument: 'BTCUSDT', interval: '1' } as const;
const NAME = 'candles:BTCUSDT:1';
const CONFIRMED = { isConfirmed: true };

function quoteOf(instrument: string, bid = '1.1'): Quote {
  const time = '2026-06-01T00:00:00.123456789Z';
  return { type: 'quote', instrument, bid, ask: '1.2', mid: '1.15', time };
}

function createWarmStart(candles: readonly SidedCandle[], quotes: readonly Quote[] = []) {
  const lastValues = new LastValues(() => 0);
  const last = candles.at(-1)?.start ?? START;
  return {
    lastValues,
    isFollowed: (channel: string) => lastValues.candles(channel) !== undefined,
    resume: (channel: string, known: readonly Candle[]) => {
      lastValues.setCandles(channel, known);
    },
    store: {
      alerts: () => Promise.resolve([]),
      candles: () => Promise.resolve(candles),
      lastQuotes: () => Promise.resolve(quotes),
    },
    pairs: ['EUR_USD', 'USD_JPY'],
    clock: new ManualClock(last + MINUTE_MS),
    logger: createRecordingLogger(),
  };
}

describe('prices', () => {
  test('come back with their own time, of tracked pairs alone', async () => {
    const warm = createWarmStart([], [quoteOf('EUR_USD'), quoteOf('GBP_USD')]);
    await recallPrices(warm);
    expect(warm.lastValues.quote('EUR_USD')).toEqual(quoteOf('EUR_USD'));
    expect(warm.lastValues.quote('GBP_USD')).toBeUndefined();
  });

  test('do not take the place of newer ones', async () => {
    const warm = createWarmStart([], [quoteOf('EUR_USD')]);
    warm.lastValues.remember(quoteOf('EUR_USD', '1.11'));
    await recallPrices(warm);
    expect(warm.lastValues.quote('EUR_USD')?.bid).toBe('1.11');
  });
});

describe('alerts', () => {
  test('come back, the newest of all and of each instrument', async () => {
    const lastValues = new LastValues(() => 0);
    const asked: StoredAlertsQuery[] = [];
    const store = {
      alerts: (query: StoredAlertsQuery) => {
        asked.push(query);
        return Promise.resolve(query.instrument === 'USD_JPY' ? [] : [keptAlert(1), keptAlert(2)]);
      },
    };
    await recallAlerts(['EUR_USD', 'USD_JPY'], store, lastValues);
    const newest = { limit: 100, pick: 'newest' };
    expect(asked).toEqual([
      newest,
      { ...newest, instrument: 'EUR_USD' },
      { ...newest, instrument: 'USD_JPY' },
    ]);
    const known = (channel: string) => lastValues.alerts(channel);
    for (const channel of ['alerts', 'alerts:EUR_USD']) {
      expect(idsOf(known(channel)?.all)).toEqual(['e:1', 'e:2']);
      expect(known(channel)?.isComplete).toBe(true);
    }
    expect(known('alerts:USD_JPY')).toMatchObject({ all: [], isComplete: true });
    expect(known('alerts:GBP_USD')).toBeUndefined();
  });
});

describe('candles', () => {
  const known = [minuteCandle(0, CONFIRMED), minuteCandle(1, CONFIRMED), minuteCandle(2)];

  test('come back, the last that is not over too', async () => {
    const warm = createWarmStart(known);
    await recallCandles(CHANNEL, warm);
    expect(warm.lastValues.candles(NAME)?.newest(10)).toEqual(known);
  });

  test('stay away where the channel is followed already', async () => {
    const warm = createWarmStart(known);
    warm.lastValues.remember(minuteCandle(9));
    await recallCandles(CHANNEL, warm);
    expect(warm.lastValues.candles(NAME)?.newest(10)).toEqual([minuteCandle(9)]);
  });

  test('stay away where what the venue begins with could not follow on them', async () => {
    const warm = { ...createWarmStart(known), clock: new ManualClock(START + 160 * MINUTE_MS) };
    await recallCandles(CHANNEL, warm);
    expect(warm.lastValues.candles(NAME)).toBeUndefined();
  });

  test('of crypto begin after the last hole', async () => {
    const candles = [0, 1, 3, 4].map((minute) => minuteCandle(minute, CONFIRMED));
    const warm = createWarmStart(candles);
    await recallCandles(CHANNEL, warm);
    expect(warm.lastValues.candles(NAME)?.newest(10)).toEqual(candles.slice(2));
  });

  test('of FX come back across the weekend', async () => {
    const friday = intervalStart('60', Date.UTC(2026, 5, 5, 20));
    const sunday = Date.UTC(2026, 5, 7, 21);
    const candles = [friday, sunday].map((start): SidedCandle => {
      const end = start + 3_599_999;
      return { ...minuteCandle(0, CONFIRMED), instrument: 'EUR_USD', interval: '60', start, end };
    });
    const warm = createWarmStart(candles);
    const channel = { kind: 'candles', instrument: 'EUR_USD', interval: '60' } as const;
    await recallCandles(channel, warm);
    expect(warm.lastValues.candles('candles:EUR_USD:60')?.newest(10)).toEqual(candles);
  });
});
