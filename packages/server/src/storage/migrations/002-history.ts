import type { Migration } from './migration.ts';

/** What keeps a history whole: whose it is, where the venue has nothing; and trades beside it. */
export const history: Migration = {
  version: 2,
  name: 'history',
  statements: [
    `CREATE TABLE crypto_trades (
       instrument text COLLATE "C" NOT NULL,
       trade_id text COLLATE "C" NOT NULL,
       time timestamptz NOT NULL,
       side text NOT NULL CHECK (side IN ('Buy', 'Sell')),
       price numeric NOT NULL,
       size numeric NOT NULL,
       PRIMARY KEY (instrument, time, trade_id)
     ) PARTITION BY RANGE (time)`,
    `COMMENT ON COLUMN crypto_trades.side IS 'Who took: Buy met an ask, Sell a bid'`,

    // Rows of one series neither overlap nor touch: saving one merges it with its neighbours.
    `CREATE TABLE candle_absences (
       instrument text COLLATE "C" NOT NULL,
       "interval" text COLLATE "C" NOT NULL,
       from_time timestamptz NOT NULL,
       to_time timestamptz NOT NULL,
       PRIMARY KEY (instrument, "interval", from_time),
       CHECK (from_time < to_time)
     )`,
    `COMMENT ON TABLE candle_absences IS
       'Where a venue was asked and has no candles that begin from one time until before another'`,

    `CREATE TABLE tickwire_last_prices (
       instrument text COLLATE "C" PRIMARY KEY,
       bid numeric NOT NULL,
       ask numeric NOT NULL,
       mid numeric NOT NULL,
       "timestamp" timestamptz NOT NULL,
       venue_time text NOT NULL
     )`,
    `COMMENT ON TABLE tickwire_last_prices IS
       'The newest of the prices that are too old for real_time_prices_audit: those of a weekend'`,

    `CREATE TABLE tickwire_origins (
       venue text PRIMARY KEY,
       origin text NOT NULL,
       is_simulated boolean NOT NULL
     )`,
    `COMMENT ON TABLE tickwire_origins IS
       'Of which world the history of a venue is: prices of two never stand in one series'`,
  ],
};
