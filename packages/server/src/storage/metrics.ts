import { METRIC_NAMES, type MetricName, type Metrics } from '@tickwire/protocol';
import type { InstrumentMetrics } from '../ports/analytics-store.ts';
import type { SqlRow, SqlSession } from '../ports/sql.ts';
import { optionalTextOf, textOf, timeOf, toSqlTime } from './sql-values.ts';

/** The table of metrics, which has a column of the name of each. */
export const METRICS = 'volatility_metrics';

const COLUMNS = METRIC_NAMES.join(', ');

const INSERT = `
  INSERT INTO ${METRICS} (instrument, time, ${COLUMNS})
  SELECT * FROM unnest($1::text[], $2::timestamptz[], ${METRIC_NAMES.map(
    (_, index) => `$${index + 3}::numeric[]`,
  ).join(', ')})
  ON CONFLICT (instrument, time) DO UPDATE
    SET ${METRIC_NAMES.map((name) => `${name} = excluded.${name}`).join(', ')}`;

/** Keeps metrics whose partitions are there; no two of the same instrument and time. */
export async function upsertMetrics(
  session: SqlSession,
  all: readonly InstrumentMetrics[],
): Promise<void> {
  await session.query(INSERT, [
    all.map(({ instrument }) => instrument),
    all.map(({ time }) => toSqlTime(time)),
    ...METRIC_NAMES.map((name) => all.map(({ metrics }) => metrics[name])),
  ]);
}

/** The newest metrics of each of the instruments that has any, by name. */
export async function selectNewestMetrics(
  session: SqlSession,
  instruments: readonly string[],
): Promise<readonly InstrumentMetrics[]> {
  const rows = await session.query(
    `SELECT newest.* FROM (SELECT DISTINCT * FROM unnest($1::text[])) AS asked (instrument)
       CROSS JOIN LATERAL (
         SELECT instrument, time, ${COLUMNS} FROM ${METRICS}
          WHERE ${METRICS}.instrument = asked.instrument ORDER BY time DESC LIMIT 1
       ) AS newest
      ORDER BY instrument`,
    [instruments],
  );
  return rows.map((row) => ({
    instrument: textOf(row, 'instrument'),
    time: timeOf(row, 'time'),
    metrics: toMetrics(row),
  }));
}

function toMetrics(row: SqlRow): Metrics {
  const valueOf = (name: MetricName): number | null => {
    const text = optionalTextOf(row, name);
    return text === undefined ? null : Number(text);
  };
  const values = METRIC_NAMES.map((name) => [name, valueOf(name)] as const);
  return Object.fromEntries(values) as Record<MetricName, number | null>;
}
