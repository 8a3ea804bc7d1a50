import type { CandleTable } from './candle-tables.ts';

/** Whether a confirmed candle of other values beats a confirmed one that is known. */
const IS_NEWER = `(excluded.source = 'history' OR excluded.revision > known.revision
  OR (excluded.revision = known.revision AND known.source <> 'history'))`;

/**
 * The statement that keeps candles by the rules of `Store.saveCandles`, decided by the database, so
 * that they hold for any number of programs that save at the same time. Its parameters are arrays:
 * instruments, widths, times, the decimals of the table in their order, whether they are confirmed,
 * revisions, sources.
 */
export function upsertOf({ name, width, values, sides }: CandleTable): string {
  const decimals = [...values, ...sides].map((column) => column.name);
  const types = [
    'text',
    'text',
    'timestamptz',
    ...decimals.map(() => 'numeric'),
    'boolean',
    'integer',
    'text',
  ];
  const columns = ['instrument', width, 'time', ...decimals, 'is_confirmed', 'revision', 'source'];
  const valuesDiffer = differ(values.map((column) => column.name));
  const [side] = sides.map((column) => column.name);
  const isWhole = (row: string): string =>
    side === undefined ? 'false' : `${row}.${side} IS NOT NULL`;
  const sidesDiffer = side === undefined ? 'false' : differ(sides.map((column) => column.name));
  const differs = `(${valuesDiffer} OR (${isWhole('known')} AND ${isWhole('excluded')} AND ${sidesDiffer}))`;
  const completes = `(${isWhole('excluded')} AND NOT ${isWhole('known')})`;
  const sets = decimals.map((column) => `${column} = excluded.${column}`);
  const written = [...decimals, 'is_confirmed', 'revision', 'source'];
  return `
    INSERT INTO ${name} AS known (${columns.join(', ')}, last_change)
    SELECT given.*, 0
      FROM unnest(${types.map((type, index) => `$${index + 1}::${type}[]`).join(', ')}) AS given
    ON CONFLICT (instrument, ${width}, time) DO UPDATE SET
      ${sets.join(', ')},
      is_confirmed = excluded.is_confirmed,
      source = excluded.source,
      revision = CASE
        WHEN NOT known.is_confirmed THEN excluded.revision
        WHEN ${differs} THEN greatest(excluded.revision, known.revision + 1)
        ELSE greatest(excluded.revision, known.revision) END,
      last_change = CASE
        WHEN known.is_confirmed AND ${differs} THEN 3
        WHEN known.is_confirmed THEN 4
        WHEN excluded.is_confirmed THEN 2
        ELSE 1 END
    WHERE CASE WHEN known.is_confirmed
      THEN excluded.is_confirmed
        AND (excluded.source <> 'quotes' OR known.source = 'quotes')
        AND CASE WHEN ${differs} THEN ${IS_NEWER} ELSE ${completes} END
      ELSE ${textOf('known', written)} <> ${textOf('excluded', written)} END
    RETURNING instrument, ${width} AS width, time, revision, last_change`;
}

/** By value: `1.10` is `1.1`, and a turnover that is missing is none. */
function differ(columns: readonly string[]): string {
  const rowOf = (row: string): string =>
    `(${columns.map((column) => `coalesce(${row}.${column}, 0)`).join(', ')})`;
  return `(${rowOf('known')} IS DISTINCT FROM ${rowOf('excluded')})`;
}

/** To the digit. */
function textOf(row: string, columns: readonly string[]): string {
  return `ROW(${columns.map((column) => `${row}.${column}`).join(', ')})::text`;
}
