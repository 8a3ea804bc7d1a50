import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/app/clock.ts';
import type { SidedCandle } from '../../src/domain/sided-candle.ts';
import { PgliteClient } from '../../src/storage/pglite.ts';
import { type EndedProgram, endOf, runProgram } from '../support/program.ts';
import {
  type RecordedHour,
  readRecordedHours,
  recordedHoursPath,
} from '../support/recorded-hours.ts';
import { createDirectoryForTest } from '../support/temporary-directory.ts';
import { startServerForTest } from '../support/test-server.ts';
import { openStoreForTest, untilWhole } from '../support/whole-history.ts';

const INSTRUMENTS = [
  'AUD_JPY',
  'AUD_USD',
  'EUR_GBP',
  'EUR_JPY',
  'EUR_USD',
  'GBP_JPY',
  'GBP_USD',
  'NZD_USD',
  'USD_CAD',
  'USD_CHF',
  'USD_JPY',
  'XAU_USD',
];
/** The recording is of 298 days, and ended a week ago at most. */
const DAYS = 306;
const HOUR_MS = 3_600_000;
const HALF_A_HOLE = 25;
const TIMEOUT_MS = 180_000;

const SETTINGS = {
  FEEDS: 'oanda',
  TRACKED_PAIRS: INSTRUMENTS.join(),
  BACKFILL_DAYS: '310',
  ...(recordedHoursPath === undefined ? {} : { SIMULATOR_DATA: recordedHoursPath }),
};

if (recordedHoursPath === undefined) {
  test.skip('recorded history (skipped: ../shared/data is not here)', () => undefined);
}

describe.runIf(recordedHoursPath !== undefined)('recorded history', () => {
  test(
    'comes row for row, and a hole in it is found and filled',
    async () => {
      const recorded = new Map(
        INSTRUMENTS.map((name) => [name, readRecordedHours(name, Date.now())]),
      );
      const directory = await createDirectoryForTest();
      const settings = { ...SETTINGS, DATA_DIR: directory };
      const expectAllRows = async (): Promise<void> => {
        const store = await openStoreForTest({ type: 'embedded', directory });
        for (const [instrument, hours] of recorded) {
          const query = { instrument, interval: '60', limit: 1_000_000, pick: 'oldest' } as const;
          const candles = await store.candles(query);
          expect(candles.map(textOfCandle), instrument).toEqual(hours.map(textOfHour));
        }
        expect(await store.series()).toHaveLength(INSTRUMENTS.length);
        await store.close();
      };
      const gaps = (...options: string[]): Promise<EndedProgram> => {
        const args = ['gaps', '--days', String(DAYS), ...options];
        return endOf(runProgram(directory, args, { DATA_DIR: directory }));
      };
      const nothing = `Nothing is missing in ${INSTRUMENTS.length} series\n`;

      const first = await startServerForTest(settings);
      await untilWhole(directory, INSTRUMENTS.length, { instruments: INSTRUMENTS, days: DAYS });
      expect(await gaps()).toEqual({ code: 0, output: nothing, errors: '' });
      await first.close();
      await expectAllRows();

      const hole = holeAcrossWeekend(recorded.get('EUR_USD') ?? []);
      const [from, to] = [hole[0]?.start ?? 0, (hole.at(-1)?.start ?? 0) + HOUR_MS];
      await punch(directory, 'EUR_USD', from, to);
      const second = await startServerForTest({ ...settings, BACKFILL_DAYS: '0' });
      expect(await gaps()).toEqual({
        code: 1,
        output:
          `EUR_USD H1 ${minuteOf(from)} … ${minuteOf(to)} 50 candles\n` +
          `1 gap, 50 candles missing in 1 of ${INSTRUMENTS.length} series\n`,
        errors: '',
      });
      const filled = await gaps('--fill');
      expect(filled).toMatchObject({ code: 0, output: `50 candles filled\n${nothing}` });
      expect(await gaps()).toEqual({ code: 0, output: nothing, errors: '' });
      expect(second.health().history).toMatchObject({ filled_candles: 0 });
      await second.close();
      await expectAllRows();
    },
    TIMEOUT_MS,
  );
});

/** Hours without a missing one, half of them before a weekend by New York's clock of today. */
function holeAcrossWeekend(hours: readonly RecordedHour[]): readonly RecordedHour[] {
  for (const [index, { start }] of hours.entries()) {
    const [before, after] = [hours[index - HALF_A_HOLE], hours[index + HALF_A_HOLE - 1]];
    const isWeekend =
      start - (hours[index - 1]?.start ?? start) > 24 * HOUR_MS &&
      newYorkHour(start) === 17 &&
      newYorkHour(hours[index - 1]?.start ?? 0) === 16;
    const isWhole =
      (hours[index - 1]?.start ?? 0) - (before?.start ?? 0) === (HALF_A_HOLE - 1) * HOUR_MS &&
      (after?.start ?? 0) - start === (HALF_A_HOLE - 1) * HOUR_MS;
    if (isWeekend && isWhole) {
      return hours.slice(index - HALF_A_HOLE, index + HALF_A_HOLE);
    }
  }
  throw new Error('Expected a weekend that is where it was recorded by New York time');
}

function newYorkHour(time: number): number {
  const hour = new Intl.DateTimeFormat('en-US', {
    timeZone: 'America/New_York',
    hour: '2-digit',
    hourCycle: 'h23',
  });
  return Number(hour.format(time));
}

async function punch(
  directory: string,
  instrument: string,
  from: number,
  to: number,
): Promise<void> {
  const client = new PgliteClient({ directory, clock: systemClock });
  await client.start();
  const deleted = await client.query(
    `DELETE FROM oanda_candles WHERE instrument = $1
       AND time >= $2::timestamptz AND time < $3::timestamptz RETURNING time`,
    [instrument, new Date(from).toISOString(), new Date(to).toISOString()],
  );
  await client.close();
  expect(deleted).toHaveLength(2 * HALF_A_HOLE);
}

function minuteOf(time: number): string {
  return `${new Date(time).toISOString().slice(0, 16)}Z`;
}

const PRICES = ['open', 'high', 'low', 'close'] as const;

function textOfHour({ start, bid, ask, volume }: RecordedHour): string {
  const [bids, asks] = [PRICES.map((price) => bid[price]), PRICES.map((price) => ask[price])];
  const mids = PRICES.map((price) => midOf(bid[price], ask[price]));
  return [start, ...bids, ...asks, ...mids, volume, true].join(' ');
}

function textOfCandle(candle: SidedCandle): string {
  const { start, sides, volume, isConfirmed } = candle;
  const bids = PRICES.map((price) => sides?.bid[price]);
  const asks = PRICES.map((price) => sides?.ask[price]);
  const mids = PRICES.map((price) => candle[price]);
  return [start, ...bids, ...asks, ...mids, volume, isConfirmed].join(' ');
}

/** Half of the sum in the digits that the sides have, rounded half up: so are OANDA's. */
function midOf(bid: string, ask: string): string {
  const digits = bid.split('.')[1]?.length ?? 0;
  const unit = 10 ** digits;
  const sum = Math.round(Number(bid) * unit) + Math.round(Number(ask) * unit);
  return (Math.floor((sum + 1) / 2) / unit).toFixed(digits);
}
