import type { Migration } from './migration.ts';

/**
 * The tables of the contract, section 5.
 *
 * - `numeric` without a scale keeps a price's digits as the venue sent them (`1.10` stays `1.10`).
 * - Names of instruments compare byte by byte (`COLLATE "C"`): the same order on every machine.
 * - What grows is partitioned by time and loses its old with whole partitions, which are made as
 *   rows come for them (`partitions.ts`).
 * - Primary keys begin with what queries give and end with time, so that "the newest of" reads one
 *   end of one index. There are no indexes beside them but where a comment says for which query.
 */
export const tables: Migration = {
  version: 1,
  name: 'tables',
  statements: [
    // The price, as it was seen, is the key: one that is saved twice is there once. Two prices may
    // share a time, so the time alone cannot be it.
    `CREATE TABLE real_time_prices_audit (
       instrument text COLLATE "C" NOT NULL,
       bid numeric NOT NULL,
       ask numeric NOT NULL,
       mid numeric NOT NULL,
       "timestamp" timestamptz NOT NULL,
       venue_time text NOT NULL,
       PRIMARY KEY (instrument, "timestamp", bid, ask)
     ) PARTITION BY RANGE ("timestamp")`,
    `COMMENT ON COLUMN real_time_prices_audit.venue_time IS
       'The venue''s time in its own precision, which may be finer than a microsecond'`,

    // Bid and ask are there or not, both and whole: some candles are known by their mids alone.
    `CREATE TABLE oanda_candles (
       instrument text COLLATE "C" NOT NULL,
       granularity text COLLATE "C" NOT NULL,
       time timestamptz NOT NULL,
       open_bid numeric, high_bid numeric, low_bid numeric, close_bid numeric,
       open_ask numeric, high_ask numeric, low_ask numeric, close_ask numeric,
       open_mid numeric NOT NULL,
       high_mid numeric NOT NULL,
       low_mid numeric NOT NULL,
       close_mid numeric NOT NULL,
       volume numeric NOT NULL,
       is_confirmed boolean NOT NULL,
       revision integer NOT NULL,
       source text NOT NULL CHECK (source IN ('stream', 'history', 'quotes')),
       last_change smallint NOT NULL,
       PRIMARY KEY (instrument, granularity, time),
       CHECK (num_nulls(open_bid, high_bid, low_bid, close_bid,
                        open_ask, high_ask, low_ask, close_ask) IN (0, 8))
     ) PARTITION BY RANGE (time)`,
    `CREATE TABLE crypto_candles (
       instrument text COLLATE "C" NOT NULL,
       "interval" text COLLATE "C" NOT NULL,
       time timestamptz NOT NULL,
       open numeric NOT NULL,
       high numeric NOT NULL,
       low numeric NOT NULL,
       close numeric NOT NULL,
       volume numeric NOT NULL,
       turnover numeric,
       is_confirmed boolean NOT NULL,
       revision integer NOT NULL,
       source text NOT NULL CHECK (source IN ('stream', 'history', 'quotes')),
       last_change smallint NOT NULL,
       PRIMARY KEY (instrument, "interval", time)
     ) PARTITION BY RANGE (time)`,
    ...['oanda_candles', 'crypto_candles'].map(
      (table) => `COMMENT ON COLUMN ${table}.last_change IS
        'What saving it did last: 0 inserted, 1 updated, 2 confirmed, 3 corrected, 4 completed'`,
    ),

    `CREATE TABLE volatility_metrics (
       instrument text COLLATE "C" NOT NULL,
       time timestamptz NOT NULL,
       volatility_20 numeric,
       volatility_50 numeric,
       sma_15 numeric,
       sma_30 numeric,
       sma_50 numeric,
       bb_upper numeric,
       bb_middle numeric,
       bb_lower numeric,
       atr numeric,
       PRIMARY KEY (instrument, time)
     ) PARTITION BY RANGE (time)`,
    // By time first: it is read as the whole matrix of a time, the newest above all.
    `CREATE TABLE correlation_matrix (
       pair1 text COLLATE "C" NOT NULL,
       pair2 text COLLATE "C" NOT NULL,
       time timestamptz NOT NULL,
       correlation double precision NOT NULL CHECK (correlation BETWEEN -1 AND 1),
       window_size integer NOT NULL,
       PRIMARY KEY (time, pair1, pair2, window_size),
       CHECK (pair1 < pair2)
     ) PARTITION BY RANGE (time)`,
    `CREATE TABLE best_pairs_tracker (
       time timestamptz NOT NULL,
       pair1 text COLLATE "C" NOT NULL,
       pair2 text COLLATE "C" NOT NULL,
       correlation double precision NOT NULL CHECK (correlation BETWEEN -1 AND 1),
       category text NOT NULL
         CHECK (category IN ('hedging', 'diversification', 'moderate', 'high_correlation')),
       reason text NOT NULL,
       rank integer NOT NULL,
       PRIMARY KEY (time, pair1, pair2)
     ) PARTITION BY RANGE (time)`,
    // A volatility alert has one instrument, a correlation alert another beside it.
    `CREATE TABLE alert_events (
       id text COLLATE "C" NOT NULL,
       time timestamptz NOT NULL,
       kind text NOT NULL CHECK (kind IN ('volatility', 'correlation')),
       instrument text COLLATE "C" NOT NULL,
       other_instrument text COLLATE "C",
       value double precision NOT NULL,
       threshold double precision NOT NULL,
       severity text NOT NULL CHECK (severity IN ('info', 'warning', 'critical')),
       message text NOT NULL,
       PRIMARY KEY (time, id)
     ) PARTITION BY RANGE (time)`,

    `CREATE TABLE cron_job_log (
       id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
       job_name text NOT NULL,
       start_time timestamptz NOT NULL,
       end_time timestamptz,
       duration double precision,
       status text NOT NULL CHECK (status IN ('running', 'success', 'failed')),
       error_message text,
       records_processed integer
     )`,
    `COMMENT ON COLUMN cron_job_log.duration IS 'Seconds'`,
    // When a job last ran, and how it went.
    `CREATE INDEX cron_job_log_by_job ON cron_job_log (job_name, start_time)`,

    // Nominal UTC times under the origin's labels: they do not follow daylight saving.
    `CREATE TABLE market_sessions (
       session_name text PRIMARY KEY,
       start_time time NOT NULL,
       end_time time NOT NULL,
       timezone text NOT NULL,
       description text NOT NULL
     )`,
    `INSERT INTO market_sessions (session_name, start_time, end_time, timezone, description) VALUES
       ('Tokyo', '00:00', '09:00', 'JST', 'Asian session'),
       ('London', '08:00', '17:00', 'GMT', 'European session'),
       ('New York', '13:00', '22:00', 'EST', 'American session'),
       ('Sydney', '22:00', '07:00', 'AEDT', 'Pacific session')`,
  ],
};
