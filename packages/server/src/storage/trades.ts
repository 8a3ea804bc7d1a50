import type { Trade } from '@tickwire/protocol';
import type { SqlSession } from '../ports/sql.ts';
import { toSqlTime } from './sql-values.ts';

/** The table of trades. */
export const TRADES = 'crypto_trades';

/** A trade with what was traded. */
export interface InstrumentTrade extends Trade {
  readonly instrument: string;
}

const INSERT = `
  INSERT INTO ${TRADES} (instrument, trade_id, time, side, price, size)
  SELECT * FROM unnest(
    $1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::numeric[], $6::numeric[])
  ON CONFLICT DO NOTHING`;

/** Keeps trades whose partitions are there. */
export async function insertTrades(
  session: SqlSession,
  trades: readonly InstrumentTrade[],
): Promise<void> {
  await session.query(INSERT, [
    trades.map(({ instrument }) => instrument),
    trades.map(({ id }) => id),
    trades.map(({ time }) => toSqlTime(time)),
    trades.map(({ side }) => side),
    trades.map(({ price }) => price),
    trades.map(({ size }) => size),
  ]);
}
