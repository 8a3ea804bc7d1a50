/** How times are written to clients: ISO 8601 UTC, or as the origin's clients knew them. */
export type TimestampStyle = 'iso' | 'naive';

/** Our own time: `2025-11-18T12:34:56.789Z`, or naive `2025-11-18T12:34:56.789000`. */
export function formatTimestamp(time: number, style: TimestampStyle): string {
  return formatVenueTime(new Date(time).toISOString(), style);
}

/** The venue's time in its own precision, or naive with exactly six fractional digits. */
export function formatVenueTime(time: string, style: TimestampStyle): string {
  if (style === 'iso') {
    return time;
  }
  const [seconds = '', fraction = ''] = time.replace(/Z$/, '').split('.');
  return `${seconds}.${fraction.slice(0, 6).padEnd(6, '0')}`;
}
