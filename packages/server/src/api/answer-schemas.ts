/**
 * What answers look like: the types that routes fill, and their description in the OpenAPI document.
 * Answers are not checked against them while they are sent, which would cost more than making them;
 * the tests of each route do that.
 */
import { FEED_STATES, PAIR_CATEGORIES, SEVERITIES } from '@tickwire/protocol';
import { z } from 'zod';

const timestamp = z.string().meta({ description: 'When the answer was made.' });
const count = z.int().min(0);
const decimal = z.string().meta({ examples: ['1.0945'] });

export const PROBLEM = z
  .object({ error: z.string(), message: z.string(), timestamp })
  .meta({ id: 'Problem' });

const PRICE = z
  .object({
    bid: decimal,
    ask: decimal,
    mid: decimal,
    time: z.string().meta({ description: 'The venue’s, in its precision.' }),
  })
  .meta({ id: 'Price' });

export const INFO = z.object({
  api_version: z.string(),
  service: z.string(),
  tracked_pairs: z.array(z.string()),
  pair_count: count,
  crypto_symbols: z.array(z.string()),
  cache_ttls: z.record(z.string(), z.number()).meta({ description: 'In seconds.' }),
  data_retention: z.object({
    candles_days: z.number().nullable(),
    metrics_days: z.number().nullable(),
    correlations_days: z.number().nullable(),
    prices_hours: z.number(),
  }),
  endpoints: z.record(z.string(), z.string()),
});

export const CURRENT_PRICE = z.object({ instrument: z.string(), price: PRICE });
export const ALL_PRICES = z.object({
  timestamp,
  pair_count: count,
  prices: z.record(z.string(), PRICE),
});

const number = z.union([z.number(), decimal]);
const OHLC = z.object({ o: number, h: number, l: number, c: number }).meta({ id: 'Ohlc' });

export const CANDLES = z.object({
  instrument: z.string(),
  granularity: z.string(),
  count,
  candles: z.array(
    z.object({
      time: z.string().meta({ description: 'When it began.' }),
      granularity: z.string(),
      bid: OHLC.optional(),
      ask: OHLC.optional(),
      mid: OHLC.meta({ description: 'Of crypto the prices of trades.' }),
      volume: number,
      turnover: number.optional(),
    }),
  ),
  next_cursor: z.string().optional().meta({ description: 'Where there are more.' }),
});

const METRICS = z
  .object({
    volatility_20: decimal.nullable(),
    volatility_50: decimal.nullable(),
    sma_15: decimal.nullable(),
    sma_30: decimal.nullable(),
    sma_50: decimal.nullable(),
    bb_upper: decimal.nullable(),
    bb_middle: decimal.nullable(),
    bb_lower: decimal.nullable(),
    atr: decimal.nullable(),
    cached_at: z.string().meta({ description: 'When they were computed.' }),
  })
  .catchall(decimal.nullable())
  .meta({ id: 'Metrics', description: 'null where it takes more candles than there are.' });

export const ALL_METRICS = z.object({
  timestamp,
  pair_count: count,
  metrics: z.record(z.string(), METRICS),
});
export const ONE_METRICS = z.object({ instrument: z.string(), metrics: METRICS });

const correlation = z.number().min(-1).max(1);

export const MATRIX = z.object({
  timestamp,
  pair_count: count,
  matrix: z.record(z.string(), z.record(z.string(), correlation.nullable())),
});
export const PAIR_CORRELATION = z.object({
  pair1: z.string(),
  pair2: z.string(),
  correlation,
});

const category = z.enum(PAIR_CATEGORIES);

export const BEST_PAIRS = z.object({
  timestamp,
  count,
  pairs: z.array(
    z.object({
      pair1: z.string(),
      pair2: z.string(),
      category,
      correlation,
      reason: z.string(),
      rank: z.int().min(1),
    }),
  ),
});

export const SESSIONS = z.object({
  timestamp,
  count,
  sessions: z.array(
    z.object({
      name: z.string(),
      start_time: z.string().meta({ description: 'Nominal, UTC.' }),
      end_time: z.string(),
      timezone: z.string(),
      description: z.string(),
      is_open: z.boolean().meta({ description: 'By the business hours of its city.' }),
      next_change: z.string(),
    }),
  ),
});

export const CACHE_STATS = z.object({
  timestamp,
  cache: z.object({
    redis: z.object({
      host: z.string(),
      port: z.int(),
      connected: z.boolean(),
      mode: z.literal('embedded').optional(),
    }),
    memory: z.object({ used_memory: z.string(), maxmemory: z.string() }),
    stats: z.object({ total_commands_processed: count, instantaneous_ops_per_sec: count }),
    keys: z.object({ price_keys: count, metric_keys: count, total_keys: count }),
  }),
});

const severity = z.enum(SEVERITIES);
const alert = {
  id: z.string(),
  threshold: z.number(),
  severity,
  message: z.string(),
  timestamp: z.string().meta({ description: 'When it was published.' }),
};

export const ALERTS = z.object({
  timestamp,
  count,
  alerts: z
    .array(
      z.union([
        z.object({
          type: z.literal('volatility_alert'),
          instrument: z.string(),
          volatility: z.number(),
          ...alert,
        }),
        z.object({
          type: z.literal('correlation_alert'),
          pair1: z.string(),
          pair2: z.string(),
          correlation: z.number(),
          ...alert,
        }),
      ]),
    )
    .meta({ description: 'Oldest first.' }),
  next_cursor: z.string().optional().meta({ description: 'Where there are more.' }),
});

const SPAN_QUALITY = z
  .object({
    expected: count.meta({ description: 'By the hours of the market.' }),
    present: count,
    absent: count.meta({ description: 'The venue has none.' }),
    missing: count.meta({ description: 'Neither present nor absent.' }),
    gaps: count.meta({ description: 'Runs of missing candles.' }),
  })
  .meta({ id: 'SpanQuality' });

export const QUALITY = z.object({
  timestamp,
  count,
  rejected_candles: count,
  instruments: z.array(
    z.object({
      instrument: z.string(),
      last_quote_at: z.string().nullable(),
      last_quote_age: z.number().nullable().meta({ description: 'In seconds.' }),
      feed: z
        .object({
          venue: z.string(),
          state: z.enum(FEED_STATES),
          reason: z.string().optional(),
          rejected_frames: count.meta({ description: 'Of all its instruments.' }),
        })
        .nullable(),
      candles: z.array(
        z.object({ granularity: z.string(), last_24h: SPAN_QUALITY, last_30d: SPAN_QUALITY }),
      ),
    }),
  ),
});
