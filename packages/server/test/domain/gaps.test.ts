import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { INTERVALS, intervalStart, nextIntervalStart } from '@tickwire/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Gap, type TimeSpan, expectedStarts, findGaps } from '../../src/domain/gaps.ts';
import { isTrading } from '../support/trading.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const at = (text: string): number => Date.parse(`${text}Z`);
const span = (from: string, to: string): TimeSpan => ({ from: at(from), to: at(to) });
const shown = (time: number): string => new Date(time).toISOString().slice(0, 13);
const hourly = (instrument: string) => ({ instrument, interval: '60' }) as const;

describe('expectedStarts', () => {
  test('are those that begin within the span, be it aligned or not', () => {
    const series = { instrument: 'BTCUSDT', interval: '5' } as const;
    const whole = expectedStarts(series, span('2018-01-06T12:00', '2018-01-06T12:15'));
    expect(whole).toEqual(['12:00', '12:05', '12:10'].map((time) => at(`2018-01-06T${time}`)));
    const odd = expectedStarts(series, span('2018-01-06T12:00:01', '2018-01-06T12:10:01'));
    expect(odd).toEqual(['12:05', '12:10'].map((time) => at(`2018-01-06T${time}`)));
    expect(expectedStarts(series, span('2018-01-06T12:01', '2018-01-06T12:04'))).toEqual([]);
    expect(expectedStarts(series, span('2018-01-06T12:15', '2018-01-06T12:00'))).toEqual([]);
  });

  test('have no weekend of FX, and every hour of crypto', () => {
    const week = span('2018-01-01T00:00', '2018-01-08T00:00');
    const starts = expectedStarts(hourly('EUR_USD'), week).map(shown);
    expect(starts).toHaveLength(7 * 24 - 48);
    expect(starts).toContain('2018-01-05T21');
    expect(starts[starts.indexOf('2018-01-05T21') + 1]).toBe('2018-01-07T22');
    expect(expectedStarts(hourly('SPOT_BTCUSDT'), week)).toHaveLength(7 * 24);
  });

  test('have a candle that trades for only a part of it, once', () => {
    const fourHours = { instrument: 'XAU_USD', interval: '240' } as const;
    // Open from Sunday 23:00, with a break from 22:00 to 23:00 each day.
    const starts = expectedStarts(fourHours, span('2018-01-05T16:00', '2018-01-08T08:00'));
    expect(starts.map(shown)).toEqual([
      '2018-01-05T16',
      '2018-01-05T20',
      '2018-01-07T20',
      '2018-01-08T00',
      '2018-01-08T04',
    ]);
  });

  test('have a candle whose market opens after the span has ended', () => {
    const daily = { instrument: 'EUR_USD', interval: 'D' } as const;
    const starts = expectedStarts(daily, span('2018-01-06T00:00', '2018-01-07T12:00'));
    expect(starts.map(shown)).toEqual(['2018-01-07T00']);
  });

  test.each([
    ['D', ['2018-01-30T00', '2018-01-31T00', '2018-02-01T00', '2018-02-02T00']],
    ['W', ['2018-01-29T00']],
    ['M', ['2018-02-01T00']],
  ] as const)('follow the calendar in interval %s', (interval, expected) => {
    const starts = expectedStarts(
      { instrument: 'BTCUSDT', interval },
      span(interval === 'D' ? '2018-01-30T00:00' : '2018-01-29T00:00', '2018-02-03T00:00'),
    );
    expect(starts.map(shown)).toEqual(expected);
  });

  test('are what every candle of the span says of itself', () => {
    const times = fc.integer({ min: at('2017-12-01T00:00'), max: at('2019-01-01T00:00') });
    const lengths = fc.integer({ min: 0, max: 400 });
    const instruments = fc.constantFrom('EUR_USD', 'XAU_USD', 'BTCUSDT');
    const intervals = fc.constantFrom(...INTERVALS);
    fc.assert(
      fc.property(instruments, intervals, times, lengths, (instrument, interval, from, length) => {
        const width = nextIntervalStart(interval, from) - from;
        const to = from + Math.min(length * width, 400 * 24 * HOUR);
        const expected: number[] = [];
        let start = intervalStart(interval, from);
        for (; start < to; start = nextIntervalStart(interval, start)) {
          const candle = { from: start, to: nextIntervalStart(interval, start) };
          if (start >= from && isTrading(instrument, candle)) {
            expected.push(start);
          }
        }
        expect(expectedStarts({ instrument, interval }, { from, to })).toEqual(expected);
      }),
    );
  });
});

describe('findGaps', () => {
  const day = span('2018-01-03T00:00', '2018-01-03T06:00');
  const hours = (...of: number[]): number[] => of.map((hour) => day.from + hour * HOUR);
  const gap = (from: number, to: number): Gap => ({
    from: day.from + from * HOUR,
    to: day.from + to * HOUR,
    count: to - from,
  });

  test('finds runs of what is missing, and nothing where all is there', () => {
    const series = hourly('EUR_USD');
    expect(findGaps(series, day, hours(0, 1, 2, 3, 4, 5), [])).toEqual([]);
    expect(findGaps(series, day, [], [])).toEqual([gap(0, 6)]);
    expect(findGaps(series, day, hours(1, 4), [])).toEqual([gap(0, 1), gap(2, 4), gap(5, 6)]);
    expect(findGaps(series, { from: day.to, to: day.from }, [], [])).toEqual([]);
  });

  test('leaves out what the venue is known not to have', () => {
    const absences = [
      { from: day.from - HOUR, to: day.from + HOUR },
      { from: day.from + 3 * HOUR, to: day.from + 4 * HOUR },
      { from: day.to - HOUR, to: day.to + HOUR },
    ];
    expect(findGaps(hourly('EUR_USD'), day, [], absences)).toEqual([gap(1, 3), gap(4, 5)]);
    expect(findGaps(hourly('EUR_USD'), day, hours(3), absences)).toEqual([gap(1, 3), gap(4, 5)]);
  });

  test('takes a weekend for no end of a gap, and counts none of it', () => {
    const week = span('2018-01-05T20:00', '2018-01-08T00:00');
    expect(findGaps(hourly('EUR_USD'), week, [], [])).toEqual([{ ...week, count: 4 }]);
    expect(findGaps(hourly('XAU_USD'), week, [], [])).toEqual([{ ...week, count: 3 }]);
    const before = [at('2018-01-05T20:00'), at('2018-01-05T21:00')];
    expect(findGaps(hourly('EUR_USD'), week, before, [])).toEqual([
      { ...span('2018-01-07T22:00', '2018-01-08T00:00'), count: 2 },
    ]);
  });

  test('ends with the last candle that is missing, however long that is', () => {
    const monthly = { instrument: 'BTCUSDT', interval: 'M' } as const;
    expect(findGaps(monthly, span('2018-01-15T00:00', '2018-03-15T00:00'), [], [])).toEqual([
      { ...span('2018-02-01T00:00', '2018-04-01T00:00'), count: 2 },
    ]);
  });

  test('is not misled by candles that nobody expects', () => {
    const weekend = span('2018-01-05T21:00', '2018-01-07T23:00');
    const late = [at('2018-01-05T22:00'), at('2018-01-06T12:00')];
    expect(findGaps(hourly('EUR_USD'), weekend, late, [])).toEqual([{ ...weekend, count: 2 }]);
  });

  const FROM = at('2018-01-01T00:00');
  const STEPS = 14 * 24 * 4;
  const step = fc.integer({ min: 0, max: STEPS }).map((steps) => FROM + steps * 15 * MINUTE);
  const someSpan = fc
    .tuple(step, step)
    .map(([a, b]): TimeSpan => ({ from: Math.min(a, b), to: Math.max(a, b) }));
  const situation = fc.record({
    instrument: fc.constantFrom('EUR_USD', 'XAU_USD', 'BTCUSDT'),
    interval: fc.constantFrom('15', '60', '240', 'D', 'W'),
    whole: someSpan,
    present: fc.uniqueArray(step, { maxLength: 600 }).map((times) => times.sort((a, b) => a - b)),
    absences: fc
      .array(someSpan, { maxLength: 8 })
      .map((spans) => spans.sort((a, b) => a.from - b.from)),
    cut: step,
  });

  test('what is missing, there and absent is all that is expected, each one of these', () => {
    fc.assert(
      fc.property(situation, ({ instrument, interval, whole, present, absences }) => {
        const series = { instrument, interval } as const;
        const expected = expectedStarts(series, whole);
        const gaps = findGaps(series, whole, present, absences);
        const isKnown = (start: number): boolean =>
          present.includes(start) || absences.some(({ from, to }) => from <= start && start < to);
        expect(missingStarts(series, gaps)).toEqual(expected.filter((start) => !isKnown(start)));
        for (const [index, { from, to, count }] of gaps.entries()) {
          const starts = expectedStarts(series, { from, to });
          expect([starts[0], starts.length]).toEqual([from, count]);
          expect(nextIntervalStart(interval, starts.at(-1)!)).toBe(to);
          const before = gaps[index - 1];
          // Between two gaps something is known, or they would be one.
          const between = before && expectedStarts(series, { from: before.to, to: from });
          expect(between?.some(isKnown) ?? true).toBe(true);
        }
      }),
    );
  });

  test('a span in two parts misses what it does as a whole', () => {
    fc.assert(
      fc.property(situation, ({ instrument, interval, whole, present, absences, cut }) => {
        const series = { instrument, interval } as const;
        const middle = Math.min(Math.max(cut, whole.from), whole.to);
        const missing = (part: TimeSpan): number[] =>
          missingStarts(series, findGaps(series, part, present, absences));
        expect([
          ...missing({ from: whole.from, to: middle }),
          ...missing({ from: middle, to: whole.to }),
        ]).toEqual(missing(whole));
      }),
    );
  });
});

/** The starts of the candles that gaps are made of. */
function missingStarts(
  series: Parameters<typeof expectedStarts>[0],
  gaps: readonly Gap[],
): number[] {
  return gaps.flatMap((found) => expectedStarts(series, found));
}

const RECORDED = resolve(import.meta.dirname, '../../../../../shared/data/fx/h1');
const INSTRUMENTS = [
  'AUD_JPY', 'AUD_USD', 'EUR_GBP', 'EUR_JPY', 'EUR_USD', 'GBP_JPY',
  'GBP_USD', 'NZD_USD', 'USD_CAD', 'USD_CHF', 'USD_JPY', 'XAU_USD',
]; // prettier-ignore

/** A price came a little after the close. */
const LATE: Readonly<Record<string, readonly string[]>> = {
  EUR_JPY: ['2018-03-23T21'],
  GBP_USD: ['2018-03-16T21'],
  USD_CAD: ['2018-03-23T21'],
  XAU_USD: ['2018-06-01T21', '2018-07-06T21', '2018-10-19T21'],
};

/** Of the broker's: its week began with its own clocks, which changed two weeks after New York's. */
const LATE_OPENS = ['2018-03-11T21 1', '2018-03-18T21 1'];
/** Of LEAN's: hours of Friday 2018-06-08 that it lacks. */
const LOST_FRIDAY = ['2018-06-08T04 17'];
const GAPS: Readonly<Record<string, readonly string[]>> = {
  EUR_USD: LOST_FRIDAY,
  NZD_USD: LOST_FRIDAY,
  XAU_USD: [
    '2018-01-15T18 4', // Martin Luther King's day.
    '2018-01-19T00 22', // A day that LEAN lacks.
    '2018-02-19T18 4', // Washington's birthday.
    '2018-03-29T22 24', // Good Friday, and the first hour of the Sunday after it.
    '2018-05-28T17 4', // Memorial day.
    '2018-07-04T17 4', // Independence day.
    '2018-09-03T17 4', // Labor day.
  ],
};
/** LEAN's gold begins at 23:00 UTC on Sundays, also where the market opens at 22:00. */
const SUMMER_SUNDAY = /^2018-(?:03-(?:11|18|25)|0[4-9]-\d\d|10-\d\d)T22 1$/;

describe.skipIf(!existsSync(RECORDED))('hours of 2018 (skipped without ../shared/data)', () => {
  test.each(INSTRUMENTS)('%s trades within its hours, but for what is known', (instrument) => {
    const text = readFileSync(join(RECORDED, `${instrument}.csv`), 'utf8');
    const rows = text.trim().split('\n').slice(1);
    const starts = rows.map((row) => Date.parse(row.slice(0, row.indexOf(','))));
    const outside = starts.filter((from) => !isTrading(instrument, { from, to: from + HOUR }));
    expect(outside.map(shown)).toEqual(LATE[instrument] ?? []);

    const recorded = { from: starts[0]!, to: starts.at(-1)! + HOUR };
    const gaps = findGaps(hourly(instrument), recorded, starts, []);
    const isSunday = ({ from }: Gap): boolean => new Date(from).getUTCDay() === 0;
    const found = gaps.map((gap) => ({ text: `${shown(gap.from)} ${gap.count}`, gap }));
    const isKnownSunday = ({ text, gap }: (typeof found)[number]): boolean =>
      instrument === 'XAU_USD' && isSunday(gap) && SUMMER_SUNDAY.test(text);
    const others = found.filter((one) => !isKnownSunday(one)).map(({ text }) => text);
    expect(others).toEqual(GAPS[instrument] ?? LATE_OPENS);
    expect(found.length - others.length).toBe(instrument === 'XAU_USD' ? 32 : 0);
  });
});
