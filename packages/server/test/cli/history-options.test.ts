import { Command } from 'commander';
import { expect, test } from 'vitest';
import {
  type BackfillOptions,
  type HistoryOptions,
  addBackfillOptions,
  addHistoryOptions,
  toBackfillRequest,
  toHistoryRequest,
} from '../../src/cli/history-options.ts';

/** What a command line asks for. */
function read(...line: string[]) {
  const command = addHistoryOptions(new Command()).exitOverride();
  return toHistoryRequest(command.parse(line, { from: 'user' }).opts<HistoryOptions>());
}

test('nothing is asked for but what is given', () => {
  expect(read()).toEqual({});
  expect(
    read('--instrument', 'EUR_USD, GBP_USD', '--instrument=BTCUSDT', '--granularity', 'M5'),
  ).toEqual({ instruments: ['EUR_USD', 'GBP_USD', 'BTCUSDT'], granularity: 'M5' });
  expect(read('--days', '365')).toEqual({ days: 365 });
});

test('a backfill may be asked for anew', () => {
  const readBackfill = (...line: string[]) => {
    const command = addBackfillOptions(new Command()).exitOverride();
    return toBackfillRequest(command.parse(line, { from: 'user' }).opts<BackfillOptions>());
  };
  expect(readBackfill('--days', '3')).toEqual({ days: 3 });
  expect(readBackfill('--days', '3', '--anew')).toEqual({ days: 3, isAnew: true });
});

test('times are UTC unless they say otherwise', () => {
  expect(read('--from', '2026-05-01', '--to', '2026-05-02T12:30')).toEqual({
    from: Date.UTC(2026, 4, 1),
    to: Date.UTC(2026, 4, 2, 12, 30),
  });
  expect(read('--from', '2026-05-01T12:00:30Z', '--to', '2026-05-02T12:30+02:00')).toEqual({
    from: Date.UTC(2026, 4, 1, 12, 0, 30),
    to: Date.UTC(2026, 4, 2, 10, 30),
  });
});

test.each([
  ['--days', '0'],
  ['--days', '3651'],
  ['--days', '1.5'],
  ['--days', 'x'],
  ['--days', ''],
  ['--from', 'yesterday'],
  ['--from', '2026-13-01'],
  ['--from', '1960-01-01'],
  ['--to', '2026-05-01 12:00'],
  ['--to', '1'],
])('refuses %s %s in one line that names it', (...line) => {
  expect(() => read(...line)).toThrow(/^--(days|from|to): expected [^\n]*$/);
});
