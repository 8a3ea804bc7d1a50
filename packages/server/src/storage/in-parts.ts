/**
 * How many rows one statement has: enough that its cost is the rows', few enough that writing them
 * as text holds up the event loop for a few milliseconds only.
 */
const ROWS_PER_STATEMENT = 1_000;

/** Rows in parts, each of which one statement can take. */
export function inParts<T>(rows: readonly T[]): (readonly T[])[] {
  const parts: (readonly T[])[] = [];
  for (let start = 0; start < rows.length; start += ROWS_PER_STATEMENT) {
    parts.push(rows.slice(start, start + ROWS_PER_STATEMENT));
  }
  return parts;
}
