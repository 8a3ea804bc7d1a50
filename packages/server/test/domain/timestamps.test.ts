import { expect, test } from 'vitest';
import { formatTimestamp, formatVenueTime } from '../../src/domain/timestamps.ts';

test.each([
  ['2016-10-27T08:38:43.094548890Z', '2016-10-27T08:38:43.094548'],
  ['2026-01-05T12:00:00Z', '2026-01-05T12:00:00.000000'],
  ['2026-01-05T12:00:00.5Z', '2026-01-05T12:00:00.500000'],
])('the venue time %s keeps its digits, or becomes naive microseconds', (time, naive) => {
  expect(formatVenueTime(time, 'iso')).toBe(time);
  expect(formatVenueTime(time, 'naive')).toBe(naive);
});

test('our own time has milliseconds', () => {
  const time = Date.UTC(2025, 10, 18, 12, 34, 56, 789);
  expect(formatTimestamp(time, 'iso')).toBe('2025-11-18T12:34:56.789Z');
  expect(formatTimestamp(time, 'naive')).toBe('2025-11-18T12:34:56.789000');
});
