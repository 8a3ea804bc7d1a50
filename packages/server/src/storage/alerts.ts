import { SEVERITIES, type Severity } from '@tickwire/protocol';
import { type KeptAlert, formatAlert } from '../domain/kept-alert.ts';
import type { SqlRow, SqlSession } from '../ports/sql.ts';
import type { StoredAlertsQuery } from '../ports/store.ts';
import { optionalTextOf, textOf, timeOf, toSqlTime } from './sql-values.ts';

/** The table of alerts. */
export const ALERTS = 'alert_events';

const INSERT = `
  INSERT INTO ${ALERTS} (id, time, kind, instrument, other_instrument, value, threshold, severity,
                         message)
  SELECT * FROM unnest(
    $1::text[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::double precision[],
    $7::double precision[], $8::text[], $9::text[])
  ON CONFLICT DO NOTHING`;

/** Keeps alerts whose partitions are there; an id belongs to one time. */
export async function insertAlerts(
  session: SqlSession,
  alerts: readonly KeptAlert[],
): Promise<void> {
  const rows = alerts.map(({ event }) =>
    event.type === 'volatilityAlert'
      ? { ...event, kind: 'volatility', other: null, value: event.volatility }
      : {
          ...event,
          kind: 'correlation',
          instrument: event.pair1,
          other: event.pair2,
          value: event.correlation,
        },
  );
  await session.query(INSERT, [
    alerts.map(({ id }) => id),
    alerts.map(({ time }) => toSqlTime(time)),
    rows.map(({ kind }) => kind),
    rows.map(({ instrument }) => instrument),
    rows.map(({ other }) => other),
    rows.map(({ value }) => value),
    rows.map(({ threshold }) => threshold),
    rows.map(({ severity }) => severity),
    alerts.map(({ event }) => formatAlert(event)),
  ]);
}

/** Alerts in the order in which they were published, oldest first. */
export async function selectAlerts(
  session: SqlSession,
  { since = -Infinity, instrument, severity, limit, pick }: StoredAlertsQuery,
): Promise<readonly KeptAlert[]> {
  const order = pick === 'newest' ? 'DESC' : 'ASC';
  // Those of one time are of one epoch, and of its numbers the greater is not the shorter one.
  const rows = await session.query(
    `SELECT id, time, kind, instrument, other_instrument, value, threshold, severity FROM ${ALERTS}
      WHERE time >= $1
        AND ($2::text IS NULL OR instrument = $2 OR other_instrument = $2)
        AND ($3::text IS NULL OR severity = $3)
      ORDER BY time ${order}, length(id) ${order}, id ${order} LIMIT $4`,
    [toSqlTime(since), instrument ?? null, severity ?? null, limit],
  );
  const alerts = rows.map(toAlert);
  return pick === 'newest' ? alerts.reverse() : alerts;
}

function toAlert(row: SqlRow): KeptAlert {
  const [id, time] = [textOf(row, 'id'), timeOf(row, 'time')];
  const [instrument, other] = [textOf(row, 'instrument'), optionalTextOf(row, 'other_instrument')];
  const value = Number(textOf(row, 'value'));
  const rest = { threshold: Number(textOf(row, 'threshold')), severity: severityOf(row) };
  return other === undefined
    ? { id, time, event: { type: 'volatilityAlert', instrument, volatility: value, ...rest } }
    : {
        id,
        time,
        event: {
          type: 'correlationAlert',
          pair1: instrument,
          pair2: other,
          correlation: value,
          ...rest,
        },
      };
}

/** How loud the alert of a row is; throws for what is no severity. */
export function severityOf(row: SqlRow): Severity {
  const text = textOf(row, 'severity');
  const severity = SEVERITIES.find((known) => known === text);
  if (severity === undefined) {
    throw new TypeError(`Expected a severity, got ${text}`);
  }
  return severity;
}
