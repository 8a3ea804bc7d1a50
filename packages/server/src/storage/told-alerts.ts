import type { CorrelationAlert, Severity, VolatilityAlert } from '@tickwire/protocol';
import type { ToldAlert } from '../ports/analytics-store.ts';
import type { SqlRow, SqlSession } from '../ports/sql.ts';
import { ALERTS, severityOf } from './alerts.ts';
import { textOf, timeOf } from './sql-values.ts';

/** Of those of one time, which are of one epoch, the greater number is not the shorter one. */
const NEWEST = `
  SELECT DISTINCT ON (instrument, other_instrument)
         time, instrument, other_instrument, value, threshold, severity
    FROM ${ALERTS} WHERE kind = $1
   ORDER BY instrument, other_instrument, time DESC, length(id) DESC, id DESC`;

/** The newest alert about each instrument's volatility. */
export async function selectNewestVolatilityAlerts(
  session: SqlSession,
): Promise<readonly ToldAlert<VolatilityAlert>[]> {
  const rows = await session.query(NEWEST, ['volatility']);
  return rows.map((row) => ({
    time: timeOf(row, 'time'),
    alert: {
      type: 'volatilityAlert',
      instrument: textOf(row, 'instrument'),
      volatility: Number(textOf(row, 'value')),
      ...levelOf(row),
    },
  }));
}

/** The newest alert about each pair's correlation. */
export async function selectNewestCorrelationAlerts(
  session: SqlSession,
): Promise<readonly ToldAlert<CorrelationAlert>[]> {
  const rows = await session.query(NEWEST, ['correlation']);
  return rows.map((row) => ({
    time: timeOf(row, 'time'),
    alert: {
      type: 'correlationAlert',
      pair1: textOf(row, 'instrument'),
      pair2: textOf(row, 'other_instrument'),
      correlation: Number(textOf(row, 'value')),
      ...levelOf(row),
    },
  }));
}

function levelOf(row: SqlRow): { readonly threshold: number; readonly severity: Severity } {
  return { threshold: Number(textOf(row, 'threshold')), severity: severityOf(row) };
}
