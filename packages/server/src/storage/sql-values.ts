import type { SqlParameter, SqlRow, SqlValue } from '../ports/sql.ts';

/**
 * How values pass between JavaScript and PostgreSQL, by its type: in one place, so that both
 * engines give the same. All of them travel as text.
 *
 * | column | value |
 * | --- | --- |
 * | `smallint`, `integer`, `double precision` | number |
 * | `bigint` | number, or bigint where a number would not hold it |
 * | `numeric` | string, with the digits as they were stored |
 * | `boolean` | boolean |
 * | `timestamptz` | string, ISO 8601 UTC with `Z` and up to six fractional digits |
 * | all others | string, as PostgreSQL writes it |
 */
const PARSERS: Readonly<Partial<Record<number, (text: string) => SqlValue>>> = {
  16: (text) => text === 't',
  20: parseBigint,
  21: Number,
  23: Number,
  700: Number,
  701: Number,
  1184: parseTimestamp,
};

/** What turns a column of the given type (its OID in `pg_type`) into its value. */
export function parserOf(type: number): (text: string) => SqlValue {
  return PARSERS[type] ?? String;
}

/** A parameter as text, null for null. */
export function toSqlText(parameter: SqlParameter): string | null {
  return isArray(parameter)
    ? toArrayText(parameter)
    : parameter === null
      ? null
      : String(parameter);
}

/** A column that is never null, as text. */
export function textOf(row: SqlRow, column: string): string {
  const value = optionalTextOf(row, column);
  if (value === undefined) {
    throw new TypeError(`Expected the column ${column} to hold a text, got null`);
  }
  return value;
}

/** A column as text; undefined for null. */
export function optionalTextOf(row: SqlRow, column: string): string | undefined {
  const value = row[column];
  if (value === undefined) {
    throw new TypeError(`Expected a column ${column}, got ${Object.keys(row).join(', ')}`);
  }
  return value === null ? undefined : String(value);
}

/** A column of whole numbers that JavaScript holds exactly. */
export function integerOf(row: SqlRow, column: string): number {
  const value = row[column];
  if (typeof value !== 'number') {
    throw new TypeError(`Expected the column ${column} to hold a number, got ${String(value)}`);
  }
  return value;
}

/** A column of times, in epoch milliseconds. */
export function timeOf(row: SqlRow, column: string): number {
  return Date.parse(textOf(row, column));
}

/** A time in epoch milliseconds as a parameter; an infinite one is before or after all others. */
export function toSqlTime(time: number): string {
  return Number.isFinite(time) ? new Date(time).toISOString() : time < 0 ? '-infinity' : 'infinity';
}

function parseBigint(text: string): number | bigint {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}

/** `2025-11-18 12:34:56.789+00` as ISO 8601: the zone is always UTC, which both engines are told. */
function parseTimestamp(text: string): string {
  return text.replace(' ', 'T').replace('+00', 'Z');
}

function isArray(parameter: SqlParameter): parameter is readonly SqlValue[] {
  return Array.isArray(parameter);
}

/** `{"a","b",NULL}`, https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO. */
function toArrayText(values: readonly SqlValue[]): string {
  return `{${values.map((value) => (value === null ? 'NULL' : quote(String(value)))).join(',')}}`;
}

function quote(text: string): string {
  return /["\\]/.test(text) ? `"${text.replaceAll(/["\\]/g, '\\$&')}"` : `"${text}"`;
}
