import { describe, expect, test } from 'vitest';
import { formatTime, parseTime, timeFormatOf, toTimeFormat } from '../src/venue-time.ts';

describe('times of the wire', () => {
  test('are written with nine fractional digits in both spellings', () => {
    const timeMs = Date.parse('2016-10-27T08:38:43.094Z');
    expect(formatTime(timeMs, 'RFC3339', 548_890)).toBe('2016-10-27T08:38:43.094548890Z');
    expect(formatTime(timeMs, 'UNIX', 548_890)).toBe('1477557523.094548890');
    expect(toTimeFormat('2016-10-27T08:38:43Z', 'UNIX')).toBe('1477557523.000000000');
  });

  test.each([
    ['2016-10-27T08:38:43.094548890Z', 1_477_557_523_094.55],
    ['2016-10-27T08:38:43Z', 1_477_557_523_000],
    ['2016-10-27T10:38:43+02:00', 1_477_557_523_000],
    ['1477557523.5', 1_477_557_523_500],
    ['1477557523', 1_477_557_523_000],
  ])('reads %s', (text, timeMs) => {
    expect(parseTime(text)).toBeCloseTo(timeMs, 1);
  });

  test.each([
    ['2016-10-27T08:38:43.094548890Z', '1477557523.094548890'],
    ['2026-11-21T02:43:40.893083555Z', '1795229020.893083555'],
    ['2026-11-21T02:43:40.999999999Z', '1795229020.999999999'],
  ])('reads %s as it reads %s, without rounding up', (rfc3339, unix) => {
    expect(parseTime(rfc3339)).toBe(parseTime(unix));
    expect(Math.floor(parseTime(unix) ?? 0)).toBe(Date.parse(rfc3339));
  });

  test.each(['', 'yesterday', '2016-10-27', '2016-13-27T08:38:43Z', '-5', '1e9'])(
    'does not read %j',
    (text) => {
      expect(parseTime(text)).toBeUndefined();
    },
  );

  test('are RFC 3339 unless UNIX is asked for', () => {
    expect(timeFormatOf(undefined)).toBe('RFC3339');
    expect(timeFormatOf('unix')).toBe('UNIX');
  });
});
