import { describe, expect, test } from 'vitest';
import {
  REST_NOW,
  TRACKED_PAIRS,
  createFullWorld,
  createRestWorld,
  startRest,
  volatilityAlert,
} from '../support/rest-world.ts';

const TIMESTAMP = new Date(REST_NOW).toISOString();
const PRICE = {
  bid: '1.0945',
  ask: '1.0947',
  mid: '1.0946',
  time: '2025-11-18T12:30:00.123456789Z',
};
const METRICS = {
  volatility_20: '0.0823',
  volatility_50: null,
  sma_15: null,
  sma_30: null,
  sma_50: null,
  bb_upper: null,
  bb_middle: null,
  bb_lower: null,
  atr: null,
  rsi: '51.2',
  cached_at: '2025-11-18T12:33:56.789Z',
};

async function bodyOf(response: Promise<Response>, status = 200): Promise<unknown> {
  const answered = await response;
  expect(answered.status).toBe(status);
  expect(answered.headers.get('content-type')).toBe('application/json; charset=utf-8');
  return answered.json();
}

const problem = (error: string, message: string) => ({ error, message, timestamp: TIMESTAMP });

describe('the routes of the contract', () => {
  test('info says what there is', async () => {
    const { get } = await startRest(createFullWorld());
    expect(await bodyOf(get('/api/v1/info'))).toMatchObject({
      api_version: '1.0.0',
      service: 'REST API',
      tracked_pairs: TRACKED_PAIRS,
      pair_count: 3,
      crypto_symbols: ['BTCUSDT', 'ETHUSDT'],
      cache_ttls: { prices: 300, metrics: 3_600, correlation: 86_400 },
      data_retention: { candles_days: 365, metrics_days: 365, prices_hours: 24 },
    });
  });

  test('prices have the venue’s digits and true time', async () => {
    const { get } = await startRest(createFullWorld());
    expect(await bodyOf(get('/api/v1/prices/current?instrument=eur_usd'))).toEqual({
      instrument: 'EUR_USD',
      price: PRICE,
    });
    expect(await bodyOf(get('/api/v1/prices/all'))).toEqual({
      timestamp: TIMESTAMP,
      pair_count: 3,
      prices: { EUR_USD: PRICE, GBP_USD: PRICE, USD_JPY: PRICE },
    });
  });

  test('metrics are of the tracked pairs, of crypto or of both', async () => {
    const { get } = await startRest(createFullWorld());
    const path = '/api/v1/metrics/volatility';
    expect(await bodyOf(get(path))).toEqual({
      timestamp: TIMESTAMP,
      pair_count: 3,
      metrics: { EUR_USD: METRICS, GBP_USD: METRICS, USD_JPY: METRICS },
    });
    expect(await bodyOf(get(`${path}?universe=crypto`))).toMatchObject({
      pair_count: 2,
      metrics: { BTCUSDT: METRICS, ETHUSDT: METRICS },
    });
    expect(await bodyOf(get(`${path}?universe=all`))).toMatchObject({ pair_count: 5 });
    expect(await bodyOf(get(`${path}/linear_btcusdt`))).toEqual({
      instrument: 'BTCUSDT',
      metrics: METRICS,
    });
  });

  test('the matrix is symmetric with 1 on its diagonal', async () => {
    const { get } = await startRest(createFullWorld());
    expect(await bodyOf(get('/api/v1/correlation/matrix'))).toEqual({
      timestamp: TIMESTAMP,
      pair_count: 3,
      matrix: {
        EUR_USD: { EUR_USD: 1, GBP_USD: 0.85, USD_JPY: -0.45 },
        GBP_USD: { EUR_USD: 0.85, GBP_USD: 1, USD_JPY: -0.3 },
        USD_JPY: { EUR_USD: -0.45, GBP_USD: -0.3, USD_JPY: 1 },
      },
    });
    expect(await bodyOf(get('/api/v1/correlation/matrix?universe=crypto'))).toMatchObject({
      matrix: { BTCUSDT: { BTCUSDT: 1, ETHUSDT: 0.9 }, ETHUSDT: { BTCUSDT: 0.9, ETHUSDT: 1 } },
    });
  });

  test('a pair is correlated in either order, and any instrument with itself', async () => {
    const { get } = await startRest(createFullWorld());
    const path = '/api/v1/correlation/pairs';
    expect(await bodyOf(get(`${path}?pair1=gbp_usd&pair2=EUR_USD`))).toEqual({
      pair1: 'GBP_USD',
      pair2: 'EUR_USD',
      correlation: 0.85,
    });
    expect(await bodyOf(get(`${path}?pair1=EUR_USD&pair2=EUR_USD`))).toMatchObject({
      correlation: 1,
    });
    expect(await bodyOf(get(`${path}?pair1=EUR_USD&pair2=BTCUSDT`), 404)).toEqual(
      problem('Not found', 'There is no correlation of EUR_USD and BTCUSDT here'),
    );
  });

  test('best pairs are all of them or those of a category', async () => {
    const { get } = await startRest(createFullWorld());
    const pair = {
      pair1: 'EUR_USD',
      pair2: 'USD_JPY',
      category: 'hedging',
      correlation: -0.45,
      reason: 'They move against each other (-0.45).',
      rank: 1,
    };
    const all = { timestamp: TIMESTAMP, count: 1, pairs: [pair] };
    expect(await bodyOf(get('/api/v1/best-pairs'))).toEqual(all);
    expect(await bodyOf(get('/api/v1/best-pairs?category=hedging'))).toEqual(all);
    expect(await bodyOf(get('/api/v1/best-pairs?category=moderate'))).toMatchObject({ count: 0 });
  });

  test('sessions have the origin’s nominal times and say whether they are open', async () => {
    const { get } = await startRest(createFullWorld());
    expect(await bodyOf(get('/api/v1/sessions'))).toMatchObject({
      timestamp: TIMESTAMP,
      count: 4,
      sessions: [
        {
          name: 'Tokyo',
          start_time: '00:00',
          end_time: '09:00',
          timezone: 'JST',
          description: 'Asian session',
          is_open: false,
          next_change: '2025-11-19T00:00:00.000Z',
        },
        { name: 'London', is_open: true, next_change: '2025-11-18T17:00:00.000Z' },
        { name: 'New York', is_open: false, next_change: '2025-11-18T13:00:00.000Z' },
        { name: 'Sydney', is_open: false, next_change: '2025-11-18T22:00:00.000Z' },
      ],
    });
  });

  test('the cache’s state has the shape that the origin gave to Redis', async () => {
    const { get } = await startRest(createFullWorld());
    expect(await bodyOf(get('/api/v1/cache/stats'))).toEqual({
      timestamp: TIMESTAMP,
      cache: {
        redis: { host: 'embedded', port: 0, connected: true, mode: 'embedded' },
        memory: { used_memory: '0.01MB', maxmemory: '0' },
        stats: { total_commands_processed: 12, instantaneous_ops_per_sec: 3 },
        keys: { price_keys: 3, metric_keys: 0, total_keys: 3 },
      },
    });
  });

  test('quality says how fresh and how complete the data of each instrument is', async () => {
    const { get } = await startRest(createFullWorld());
    const span = { expected: 24, present: 22, absent: 1, missing: 1, gaps: 1 };
    expect(await bodyOf(get('/api/v1/quality'))).toEqual({
      timestamp: TIMESTAMP,
      count: 2,
      rejected_candles: 3,
      instruments: [
        {
          instrument: 'EUR_USD',
          last_quote_at: '2025-11-18T12:34:55.289Z',
          last_quote_age: 1.5,
          feed: { venue: 'oanda', state: 'stale', reason: 'Nothing new', rejected_frames: 2 },
          candles: [{ granularity: 'H1', last_24h: span, last_30d: span }],
        },
        {
          instrument: 'BTCUSDT',
          last_quote_at: null,
          last_quote_age: null,
          feed: null,
          candles: [],
        },
      ],
    });
  });

  test('TIMESTAMP_STYLE=naive is how the first generation of clients knew times', async () => {
    const { get } = await startRest(createFullWorld(), { timestampStyle: 'naive' });
    expect(await bodyOf(get('/api/v1/prices/all'))).toMatchObject({
      timestamp: '2025-11-18T12:34:56.789000',
      prices: { EUR_USD: { time: '2025-11-18T12:30:00.123456' } },
    });
    expect(await bodyOf(get('/api/v1/candles/EUR_USD?limit=1'))).toMatchObject({
      candles: [{ time: '2025-11-18T11:00:00.000000' }],
    });
  });
});

describe('alerts', () => {
  const ALERTS = [1, 2, 2, 2, 3].map((minute, index) =>
    volatilityAlert(`e:${index + 1}`, REST_NOW - 600_000 + minute * 60_000),
  );

  interface Page {
    readonly alerts: readonly { readonly id: string }[];
    readonly next_cursor?: string;
  }

  test('are the newest without since, oldest first', async () => {
    const world = createRestWorld();
    world.alerts.push(...ALERTS);
    const { get } = await startRest(world);
    const page = (await bodyOf(get('/api/v1/alerts?limit=2'))) as Page;
    expect(page.alerts).toEqual([
      {
        id: 'e:4',
        type: 'volatility_alert',
        instrument: 'EUR_USD',
        volatility: 0.0234,
        threshold: 0.02,
        severity: 'warning',
        message: 'Volatility (0.0234) exceeded threshold (0.02)',
        timestamp: '2025-11-18T12:26:56.789Z',
      },
      expect.objectContaining({ id: 'e:5' }),
    ]);
    expect(page).not.toHaveProperty('next_cursor');
  });

  test('of one time are all told though a page ends among them', async () => {
    const world = createRestWorld();
    world.alerts.push(...ALERTS);
    const { get } = await startRest(world);
    const told: string[] = [];
    let query = 'since=0';
    for (let pages = 0; pages < 10; pages += 1) {
      const page = (await bodyOf(get(`/api/v1/alerts?limit=1&${query}`))) as Page;
      told.push(...page.alerts.map(({ id }) => id));
      if (page.next_cursor === undefined) {
        break;
      }
      query = `cursor=${page.next_cursor}`;
    }
    expect(told).toEqual(ALERTS.map(({ id }) => id));
  });

  test('are those of an instrument, of a severity, since a time; none is an answer', async () => {
    const world = createRestWorld();
    world.alerts.push(...ALERTS, {
      id: 'e:6',
      time: REST_NOW,
      event: {
        type: 'correlationAlert',
        pair1: 'EUR_USD',
        pair2: 'USD_JPY',
        correlation: -0.82,
        threshold: 0.7,
        severity: 'critical',
      },
    });
    const { get } = await startRest(world);
    expect(await bodyOf(get('/api/v1/alerts?instrument=usd_jpy'))).toMatchObject({
      count: 1,
      alerts: [
        {
          id: 'e:6',
          type: 'correlation_alert',
          correlation: -0.82,
          message: 'Correlation between EUR_USD and USD_JPY changed to -0.82',
        },
      ],
    });
    expect(await bodyOf(get('/api/v1/alerts?severity=warning'))).toMatchObject({ count: 5 });
    expect(await bodyOf(get(`/api/v1/alerts?since=${REST_NOW}`))).toMatchObject({ count: 1 });
    expect(await bodyOf(get('/api/v1/alerts?severity=info'))).toMatchObject({ count: 0 });
  });
});

describe('what cannot be answered', () => {
  test.each([
    [
      '/prices/current',
      'instrument: expected the name of an instrument, such as EUR_USD or BTCUSDT',
    ],
    [
      '/prices/current?instrument=',
      'instrument: expected the name of an instrument, such as EUR_USD or BTCUSDT',
    ],
    [
      '/prices/current?instrument=EUR_USD&instrument=GBP_USD',
      'instrument: expected the name of an instrument, such as EUR_USD or BTCUSDT',
    ],
    ['/candles/EUR_USD?limit=0', 'limit: expected a whole number from 1 to 5000'],
    ['/candles/EUR_USD?limit=5001', 'limit: expected a whole number from 1 to 5000'],
    ['/candles/EUR_USD?limit=1.5', 'limit: expected a whole number from 1 to 5000'],
    ['/candles/EUR_USD?limit=many', 'limit: expected a whole number from 1 to 5000'],
    ['/candles/EUR_USD?granularity=D', 'granularity: expected one of M1, M5, M15, H1 for EUR_USD'],
    ['/candles/EUR_USD?cursor=x', 'cursor: expected the next_cursor of an earlier answer'],
    [
      '/candles/EUR_USD?start_time=2025-11-18&end_time=2025-11-17',
      'end_time: expected a time after start_time',
    ],
    ['/metrics/volatility?universe=both', 'universe: expected one of fx, crypto, all'],
    [
      '/correlation/pairs?pair1=EUR_USD',
      'pair2: expected the name of an instrument, such as EUR_USD or BTCUSDT',
    ],
    [
      '/best-pairs?category=best',
      'category: expected one of hedging, diversification, moderate, high_correlation',
    ],
    [
      '/alerts?since=yesterday',
      'since: expected a time such as 2025-11-18T12:00:00Z, 2025-11-18, 1763467200 or 1763467200000',
    ],
  ])('%s is a bad request', async (path, message) => {
    const { get } = await startRest(createFullWorld());
    expect(await bodyOf(get(`/api/v1${path}`), 400)).toEqual(problem('Bad request', message));
  });

  test.each([
    ['/prices/current?instrument=BTCUSDT', 'BTCUSDT is not a tracked pair'],
    ['/prices/current?instrument=EUR_USD', 'No price of EUR_USD was ever seen'],
    ['/prices/all', 'No price was ever seen'],
    ['/candles/EUR_USD', 'There are no H1 candles of EUR_USD here'],
    ['/metrics/volatility', 'No metrics were computed yet'],
    ['/metrics/volatility/EUR_USD', 'There are no metrics of EUR_USD here'],
    ['/correlation/matrix', 'No correlations were computed yet'],
    ['/best-pairs', 'No pairs were ranked yet'],
    ['/nothing/here', 'There is no GET /api/v1/nothing/here'],
  ])('%s is not found where nothing is known', async (path, message) => {
    const { get } = await startRest(createRestWorld());
    expect(await bodyOf(get(`/api/v1${path}`), 404)).toEqual(problem('Not found', message));
  });
});
