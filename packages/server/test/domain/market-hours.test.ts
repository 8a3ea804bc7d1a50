import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tradingSessions } from '../../src/domain/market-hours.ts';
import { isTrading } from '../support/trading.ts';

const MINUTE = 60_000;
const at = (text: string): number => Date.parse(`${text}Z`);
const sessionsOf = (instrument: string, from: string, to: string): string[] =>
  [...tradingSessions(instrument, { from: at(from), to: at(to) })].map((session) =>
    [session.from, session.to].map((time) => new Date(time).toISOString().slice(0, 16)).join(' '),
  );

describe('the hours of a market', () => {
  // On Fridays the clocks of New York show 17:00 at 22:00 UTC in winter, at 21:00 in summer.
  test.each([
    ['EUR_USD', '2018-01-05T21:59', true],
    ['EUR_USD', '2018-01-05T22:00', false],
    ['EUR_USD', '2018-01-06T12:00', false],
    ['EUR_USD', '2018-01-07T21:59', false],
    ['EUR_USD', '2018-01-07T22:00', true],
    ['EUR_USD', '2018-07-06T20:59', true],
    ['EUR_USD', '2018-07-06T21:00', false],
    ['EUR_USD', '2018-07-08T20:59', false],
    ['EUR_USD', '2018-07-08T21:00', true],
    ['EUR_USD', '2018-01-03T22:30', true],
    ['XAU_USD', '2018-01-03T21:59', true],
    ['XAU_USD', '2018-01-03T22:00', false],
    ['XAU_USD', '2018-01-03T22:59', false],
    ['XAU_USD', '2018-01-03T23:00', true],
    ['XAG_EUR', '2018-07-04T21:30', false],
    ['XPT_USD', '2018-07-04T21:30', false],
    ['XPD_USD', '2018-07-04T21:30', false],
    ['XAU_USD', '2018-07-08T21:30', false],
    ['XAU_USD', '2018-07-08T22:00', true],
    ['USD_XAU', '2018-07-04T21:30', true],
    ['BTCUSDT', '2018-01-06T12:00', true],
    ['SPOT_BTCUSDT', '2018-01-06T12:00', true],
    ['INVERSE_BTCUSD', '2018-01-06T12:00', true],
  ])('%s at %s: %j', (instrument, time, expected) => {
    expect(isTrading(instrument, { from: at(time), to: at(time) + MINUTE })).toBe(expected);
  });

  test('asks for one moment of a span, and an empty one has none', () => {
    const span = { from: at('2018-01-05T21:59'), to: at('2018-01-07T22:00') };
    expect(isTrading('EUR_USD', span)).toBe(true);
    expect(isTrading('EUR_USD', { ...span, from: at('2018-01-05T22:00') })).toBe(false);
    for (const instrument of ['EUR_USD', 'XAU_USD', 'BTCUSDT']) {
      const time = at('2018-01-03T12:00');
      expect(isTrading(instrument, { from: time, to: time })).toBe(false);
      expect(isTrading(instrument, { from: time, to: time - MINUTE })).toBe(false);
    }
  });
});

describe('tradingSessions', () => {
  test('of crypto are one', () => {
    expect(sessionsOf('BTCUSDT', '2018-01-01T00:00', '2019-01-01T00:00')).toEqual([
      '2018-01-01T00:00 2019-01-01T00:00',
    ]);
  });

  test('of FX keep to the clocks of New York when they change, not to those of Europe', () => {
    expect(sessionsOf('EUR_USD', '2018-03-02T00:00', '2018-03-24T00:00')).toEqual([
      '2018-03-02T00:00 2018-03-02T22:00',
      '2018-03-04T22:00 2018-03-09T22:00',
      '2018-03-11T21:00 2018-03-16T21:00',
      '2018-03-18T21:00 2018-03-23T21:00',
    ]);
    expect(sessionsOf('EUR_USD', '2018-10-27T00:00', '2018-11-10T00:00')).toEqual([
      '2018-10-28T21:00 2018-11-02T21:00',
      '2018-11-04T22:00 2018-11-09T22:00',
    ]);
  });

  test('know the law of the year: until 2006 the clocks changed in April and October', () => {
    expect(sessionsOf('EUR_USD', '2006-03-25T00:00', '2006-04-08T00:00')).toEqual([
      '2006-03-26T22:00 2006-03-31T22:00',
      '2006-04-02T21:00 2006-04-07T21:00',
    ]);
  });

  test('of metals are five a week', () => {
    expect(sessionsOf('XAU_USD', '2018-06-30T00:00', '2018-07-07T00:00')).toEqual([
      '2018-07-01T22:00 2018-07-02T21:00',
      '2018-07-02T22:00 2018-07-03T21:00',
      '2018-07-03T22:00 2018-07-04T21:00',
      '2018-07-04T22:00 2018-07-05T21:00',
      '2018-07-05T22:00 2018-07-06T21:00',
    ]);
  });

  test('open and close at 17:00 New York for fifty years', () => {
    const clock = new Intl.DateTimeFormat('en-US', {
      timeZone: 'America/New_York',
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
    const years = { from: at('1980-01-05T00:00'), to: at('2030-01-05T00:00') };
    const sessions = [...tradingSessions('EUR_USD', years)];
    expect(sessions.length).toBeGreaterThan(2_600);
    const shown = (time: number): string => clock.format(time).replace(',', '');
    expect(new Set(sessions.map(({ from }) => shown(from)))).toEqual(new Set(['Sun 17:00']));
    expect(new Set(sessions.map(({ to }) => shown(to)))).toEqual(new Set(['Fri 17:00']));
  });

  test('of a span are what of all sessions lies within it', () => {
    const time = fc.integer({ min: at('2017-12-01T00:00'), max: at('2019-02-01T00:00') });
    const instruments = fc.constantFrom('EUR_USD', 'XAU_USD', 'BTCUSDT');
    const all = { from: at('2017-11-01T00:00'), to: at('2019-03-01T00:00') };
    fc.assert(
      fc.property(instruments, time, time, (instrument, from, to) => {
        const expected = [...tradingSessions(instrument, all)]
          .map((session) => ({
            from: Math.max(session.from, from),
            to: Math.min(session.to, to),
          }))
          .filter((session) => session.from < session.to);
        expect([...tradingSessions(instrument, { from, to })]).toEqual(expected);
        expect(isTrading(instrument, { from, to })).toBe(expected.length > 0);
      }),
    );
  });
});
