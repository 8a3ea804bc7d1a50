import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/app/config.ts';
import { type PlannedSeries, createHistoryPlan } from '../../src/app/history-plan.ts';
import { BEGIN, createKeptHistory } from '../jobs/kept-history.ts';
import { ScriptedHistory } from '../support/scripted-history.ts';

const NOW = Date.parse('2026-05-20T12:00:30Z');
const DAY_MS = 86_400_000;
const at = (text: string): number => Date.parse(text);
const EUR_USD = { instrument: 'EUR_USD', interval: '60' } as const;
const BTCUSDT = { instrument: 'BTCUSDT', interval: '60' } as const;

/** The plan of a configuration with few instruments. */
function planOf(settings: Record<string, string> = {}, now: (name: string) => number = () => NOW) {
  const given = { TRACKED_PAIRS: 'EUR_USD,GBP_USD', BYBIT_SYMBOLS: 'BTCUSDT', ...settings };
  const config = parseConfig(given);
  const history = config.history ?? { backfillDays: 0, retentionDays: 0 };
  const venue = new ScriptedHistory();
  const historyOf = (instrument: string) => (instrument.startsWith('SPOT_') ? undefined : venue);
  return createHistoryPlan({ config, history, historyOf, now });
}

describe('what is to be fetched', () => {
  test('is, unless it is named, every hour of what is followed', () => {
    // The candle that has just ended is not one that the venue must have completed.
    const [from, to] = [at('2026-03-21T11:00Z'), at('2026-05-20T11:00Z')];
    expect(planOf().toBackfill({})).toEqual([
      { instrument: 'EUR_USD', interval: '60', from, to },
      { instrument: 'GBP_USD', interval: '60', from, to },
      { instrument: 'BTCUSDT', interval: '60', from, to },
    ]);
    const oanda = planOf({ FEEDS: 'oanda' }).toBackfill({});
    expect(oanda.map(({ instrument }) => instrument)).toEqual(['EUR_USD', 'GBP_USD']);
    const settled = planOf({ BACKFILL_DAYS: '1' }, () => NOW + 60_000).toBackfill({});
    expect(settled[0]).toMatchObject({ from: to + 3_600_000 - DAY_MS, to: to + 3_600_000 });
  });

  test('is what is named, under the name that it is kept by', () => {
    const plan = planOf();
    expect(
      plan.toBackfill({
        instruments: ['eur_usd', 'EUR_USD', 'linear_btcusdt', 'inverse_btcusd', 'XAU_USD'],
        granularity: 'M15',
        days: 1,
      }),
    ).toEqual(
      ['EUR_USD', 'BTCUSDT', 'INVERSE_BTCUSD', 'XAU_USD'].map((instrument) => ({
        instrument,
        interval: '15',
        from: at('2026-05-19T11:45Z'),
        to: at('2026-05-20T11:45Z'),
      })),
    );
  });

  test('lies between the times that are named, and not in what has not ended', () => {
    const between = (from: string, to?: string) => {
      const request = { instruments: ['BTCUSDT'], granularity: 'D', from: at(from) };
      return planOf().toBackfill({ ...request, ...(to && { to: at(to) }) })[0];
    };
    expect(between('2026-05-01', '2026-05-03')).toMatchObject({
      from: at('2026-05-01'),
      to: at('2026-05-03'),
    });
    expect(between('2026-05-01')).toMatchObject({ to: at('2026-05-20') });
    expect(between('2026-05-01', '2026-06-01')).toMatchObject({ to: at('2026-05-20') });
    const days = planOf().toBackfill({ instruments: ['BTCUSDT'], days: 2, to: at('2026-05-03') });
    expect(days[0]).toMatchObject({ from: at('2026-05-01'), to: at('2026-05-03') });
  });

  test.each([
    [
      { instruments: ['EUR USD'] },
      `--instrument: expected a name such as EUR_USD or BTCUSDT, got 'EUR USD'`,
    ],
    [
      { instruments: ['SPOT_BTCUSDT'] },
      '--instrument: expected one of a venue that FEEDS names, got SPOT_BTCUSDT',
    ],
    [{ granularity: 'M30' }, '--granularity: expected one of M1, M5, M15, H1 for EUR_USD, got M30'],
    [
      { granularity: 'X' },
      `--granularity: expected a width such as M1, M5, M15, H1 or 60, got 'X'`,
    ],
    [{ days: 1, from: 0 }, '--days: expected either --days or --from, got both'],
    [{ from: NOW }, '--from: expected a time before 2026-05-20T11:00Z, got 2026-05-20T12:00Z'],
    [
      { from: 0 },
      '--from: expected at most 3650 days until 2026-05-20T11:00Z, got 1970-01-01T00:00Z',
    ],
  ])('is refused where it makes no sense: %j', (request, message) => {
    expect(() => planOf().toBackfill(request)).toThrow(message);
    expect(() => planOf().toBackfill(request)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
  });

  test('needs a venue', () => {
    expect(() => planOf({ FEEDS: 'none' }).toBackfill({})).toThrow('FEEDS: expected a venue');
  });
});

describe('what is to be looked at', () => {
  const stored = [
    { instrument: 'BTCUSDT', interval: '1' },
    { instrument: 'BTCUSDT', interval: '60' },
    { instrument: 'EUR_USD', interval: '60' },
    { instrument: 'EUR_USD', interval: 'D' },
  ] as const;
  const look = (request: object) =>
    planOf()
      .toCheck(request, stored)
      .map(({ instrument, interval }) => `${instrument} ${interval}`);

  test('is what there is and every hour that is kept, but for FX of which nobody can say what ought to be there', () => {
    const hourly = ['BTCUSDT 60', 'EUR_USD 60', 'GBP_USD 60'];
    expect(look({})).toEqual(['BTCUSDT 1', ...hourly]);
    expect(look({ granularity: 'H1' })).toEqual(hourly);
    expect(look({ granularity: '1' })).toEqual(['BTCUSDT 1']);
  });

  test('is only what there is, where no past is wanted', () => {
    const plan = planOf({ BACKFILL_DAYS: '0' });
    expect(plan.toCheck({}, stored)).toHaveLength(3);
    expect(plan.keptFrom({ instrument: 'EUR_USD', interval: '60' })).toBeUndefined();
    expect(planOf().keptFrom({ instrument: 'EUR_USD', interval: '15' })).toBeUndefined();
    expect(planOf().keptFrom({ instrument: 'AUD_USD', interval: '60' })).toBeUndefined();
  });

  test('of hours that are kept begins with the first whole one of the window', () => {
    const plan = planOf({ BACKFILL_DAYS: '2' });
    const from = plan.keptFrom({ instrument: 'EUR_USD', interval: '60' });
    expect(from).toBe(at('2026-05-18T13:00Z'));
  });

  test('is of a named instrument what there is of it, or else its hours', () => {
    expect(look({ instruments: ['BTCUSDT'] })).toEqual(['BTCUSDT 1', 'BTCUSDT 60']);
    expect(look({ instruments: ['BTCUSDT', 'GBP_USD'], granularity: '5' })).toEqual([
      'BTCUSDT 5',
      'GBP_USD 5',
    ]);
    expect(look({ instruments: ['GBP_USD'] })).toEqual(['GBP_USD 60']);
    expect(() => look({ instruments: ['GBP_USD'], granularity: 'D' })).toThrow('--granularity');
  });
});

test('everything ends when it is at its own venue, though FX stands at Friday', async () => {
  const { keeper, clock, quote } = createKeptHistory();
  keeper.start();
  quote(at('2026-05-29T20:58Z'));
  await clock.advance(0);
  const plan = planOf({ BACKFILL_DAYS: '2', DATA_RETENTION_DAYS: '5' }, (name) => keeper.now(name));
  const [friday, monday] = [at('2026-05-29T20:00Z'), at('2026-06-01T12:00Z')];
  const spans = (planned: readonly PlannedSeries[]) =>
    planned.map(({ instrument, from, to }) => [instrument, from, to]);
  const both = [
    ['EUR_USD', friday - 2 * DAY_MS, friday],
    ['BTCUSDT', monday - 2 * DAY_MS, monday],
  ];
  const request = { instruments: ['EUR_USD', 'BTCUSDT'] };
  expect(spans(plan.toBackfill(request))).toEqual(both);
  expect(spans(plan.toCheck(request, [EUR_USD, BTCUSDT]))).toEqual(both);
  const nextHour = 3_600_000;
  expect(plan.keptFrom(EUR_USD)).toBe(friday - 2 * DAY_MS + nextHour);
  expect(plan.keptFrom(BTCUSDT)).toBe(monday - 2 * DAY_MS + nextHour);
  const since = (days: number) => ({ from: BEGIN - days * DAY_MS, to: BEGIN });
  expect(plan.warningOf([{ ...EUR_USD, ...since(7) }])).toBeUndefined();
  expect(plan.warningOf([{ ...BTCUSDT, ...since(7) }])).toContain('5 days');
});

test('who wants more than is kept is told', () => {
  const warn = (days: number, retention: string): string | undefined =>
    planOf({ DATA_RETENTION_DAYS: retention }).warningOf([
      { ...EUR_USD, from: NOW, to: NOW },
      { ...EUR_USD, from: NOW - days * DAY_MS, to: NOW },
    ]);
  expect(warn(366.5, '365')).toContain('365 days of DATA_RETENTION_DAYS');
  expect(warn(365.5, '365')).toBeUndefined();
  expect(warn(3_650, '0')).toBeUndefined();
});
