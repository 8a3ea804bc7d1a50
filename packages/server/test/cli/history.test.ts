import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/app/clock.ts';
import { parseConfig } from '../../src/app/config.ts';
import { controlPath } from '../../src/app/control-path.ts';
import type { BackfillAnswer } from '../../src/app/history-request.ts';
import { openHistory } from '../../src/app/open-history.ts';
import { type EndedProgram, endOf, runProgram } from '../support/program.ts';
import { createRecordingLogger } from '../support/recording-logger.ts';
import { createDirectory } from '../support/temporary-directory.ts';
import { waitFor } from '../support/wait-for.ts';

const SETTINGS = {
  TRACKED_PAIRS: 'EUR_USD',
  BYBIT_SYMBOLS: 'BTCUSDT',
  BACKFILL_DAYS: '3',
  DATA_RETENTION_DAYS: '5',
};
const TIMEOUT_MS = 120_000;

/** The commands about what is kept, in a folder whose history they add to. */
describe('the history on the command line', { timeout: TIMEOUT_MS }, () => {
  let folder: string;
  let remove: () => Promise<void>;

  const start = (line: string, env: Record<string, string> = {}) =>
    runProgram(folder, line.split(' '), { ...SETTINGS, ...env });
  const run = (line: string, env?: Record<string, string>): Promise<EndedProgram> =>
    endOf(start(line, env));

  /** What a server in this folder would have opened, closed with the test. */
  async function openHere() {
    const config = parseConfig({ ...SETTINGS, DATA_DIR: join(folder, 'data') });
    const logger = createRecordingLogger();
    const history = await openHistory({ config, clock: systemClock, logger });
    onTestFinished(() => history.close());
    return history;
  }

  beforeAll(async () => {
    ({ path: folder, remove } = await createDirectory());
  });
  afterAll(() => remove());

  test('migrate brings the database up to date, once', async () => {
    const first = await run('migrate');
    expect(first).toMatchObject({ code: 0, errors: '' });
    const [, version] =
      /^Brought the database from version 0 to (\d+): tables, .+\.\n$/.exec(first.output) ?? [];
    expect(await run('migrate')).toEqual({
      code: 0,
      output: `The database is at version ${version}.\n`,
      errors: '',
    });
  });

  test('backfill fetches what is not there, and the next time nothing', async () => {
    const first = await run('backfill');
    expect(first).toMatchObject({ code: 0 });
    const lines = first.output.split('\n');
    expect(lines).toHaveLength(4);
    const counts = 'saved, 0 absent at the venue, 0 still missing';
    expect(lines[0]).toMatch(/^EUR_USD H1 \S+:00Z … \S+:00Z \d+ saved, \d+ absent/);
    expect(lines[1]).toMatch(new RegExp(`^BTCUSDT H1 \\S+:00Z … \\S+:00Z 72 ${counts}$`));
    expect(lines[2]).toMatch(/^2 series: \d+ saved/);
    expect(first.errors).toMatch(/^( {1,2}\d+ %|100 %) {2}\S+ H1 [\d,]+ of [\d,]+ candles\n/);
    const second = await run('backfill --instrument btcusdt --days 3 --json');
    expect(second).toMatchObject({ code: 0, errors: '' });
    expect(JSON.parse(second.output)).toMatchObject({
      series: [{ instrument: 'BTCUSDT', interval: '60', saved: 0, absent: 0, missing: 0 }],
    });
  });

  test('backfill --anew asks for what is there as well', async () => {
    const asked = await run('backfill --instrument BTCUSDT --days 3 --anew');
    expect(asked).toMatchObject({ code: 0 });
    const counts = '0 saved, 0 absent at the venue, 0 still missing';
    expect(asked.output).toMatch(new RegExp(`^BTCUSDT H1 \\S+ … \\S+ ${counts}\n`));
    expect(asked.errors).toMatch(/^ {2}0 % {2}BTCUSDT H1 0 of 72 candles\n/);
    const refused = await run('gaps --anew');
    expect(refused.code).not.toBe(0);
    expect(refused.errors).toContain("unknown option '--anew'");
  });

  test('gaps says what is missing, and fetches it on request', async () => {
    expect(await run('gaps')).toEqual({
      code: 0,
      output: 'Nothing is missing in 2 series\n',
      errors: '',
    });
    const line = 'gaps --instrument ETHUSDT --days 2';
    const missing = await run(line);
    expect(missing).toMatchObject({ code: 1, errors: '' });
    expect(missing.output).toMatch(
      /^ETHUSDT H1 \S+T\d\d:00Z … \S+T\d\d:00Z 48 candles\n1 gap, 48 candles missing in 1 of 1 series\n$/,
    );
    const filled = await run(`${line} --fill`);
    expect(filled).toMatchObject({
      code: 0,
      output: '48 candles filled\nNothing is missing in 1 series\n',
    });
    const found = await run('gaps --json');
    expect(JSON.parse(found.output)).toMatchObject({
      series: [
        { instrument: 'BTCUSDT', interval: '60', gaps: [] },
        { instrument: 'ETHUSDT', interval: '60', gaps: [] },
        { instrument: 'EUR_USD', interval: '60', gaps: [] },
      ],
    });
  });

  test('Ctrl-C ends a backfill, and the same command goes on from there', async () => {
    // So many that they take some seconds, of which one line each tells.
    const all = 57_600;
    const line = 'backfill --instrument BTCUSDT --granularity M1 --from 2025-12-06 --to 2026-01-15';
    const program = start(line);
    await waitFor(() => /BTCUSDT M1 [1-9][\d,]+ of/.test(program.errors()), 'candles');
    // npm passes the terminal's Ctrl-C on a second time.
    program.child.kill('SIGINT');
    program.child.kill('SIGINT');
    expect(await endOf(program)).toMatchObject({ code: 130, output: '' });
    expect(program.errors()).toMatch(/\ntickwire: Interrupted; what was saved stays[^\n]*\n$/);
    const rest = await run(`${line} --json`);
    const answer = JSON.parse(rest.output) as BackfillAnswer;
    const saved = answer.series[0]?.saved;
    expect(saved).toBeGreaterThan(0);
    expect(saved).toBeLessThan(all);
    expect(await run(line.replace('backfill', 'gaps'))).toMatchObject({ code: 0 });
  });

  test('what the venue does not have is the failure of that series alone', async () => {
    const { code, output } = await run('backfill --instrument XXX_YYY,SPOT_BTCUSDT --days 1');
    expect(code).toBe(1);
    expect(output).toMatch(/^XXX_YYY H1 \S+ … \S+ 0 saved, \d+ still missing: [^\n]+\n/);
    expect(output).toMatch(/\nSPOT_BTCUSDT H1 \S+ … \S+ 24 saved, /);
  });

  test.each([
    ['migrate', { DATA_DIR: 'none' }, 'DATA_DIR: expected a directory', 2],
    ['gaps', { DATA_DIR: 'none' }, 'DATA_DIR: expected a directory', 2],
    ['backfill', { DATA_DIR: 'none' }, 'DATA_DIR: expected a directory', 2],
    ['backfill --days many', {}, '--days: expected days', 2],
    [
      'backfill --granularity D',
      {},
      '--granularity: expected one of M1, M5, M15, H1 for EUR_USD',
      2,
    ],
    ['gaps', { SIMULATOR_SEED: '2' }, 'Expected a database with the history of', 1],
  ])('%s %j is refused in one line', async (line, env, message, code) => {
    const ended = await run(line, env);
    expect(ended).toMatchObject({ code, output: '' });
    expect(ended.errors).toMatch(/^tickwire: [^\n]+\n$/);
    expect(ended.errors).toContain(message);
  });

  test('a database in use by what answers nothing is one line', async () => {
    await openHere();
    for (const line of ['migrate', 'gaps', 'backfill']) {
      const { code, output, errors } = await run(line);
      expect({ code, output }).toEqual({ code: 1, output: '' });
      expect(errors).toMatch(/^tickwire: Expected [^\n]+ to be used by nobody else[^\n]+\n$/);
    }
  });

  test('a running server does the work, and one that was killed is not waited for', async () => {
    const ports = { API_HOST: '127.0.0.1', API_PORT: 'off', WEBSOCKET_PORT: 'off', LIVE_PORT: '0' };
    const server = start('serve', ports);
    await waitFor(() => server.output().includes('Tickwire is ready'), 'the server');
    const filled = await run('gaps --instrument SOLUSDT --days 1 --fill');
    expect(filled).toMatchObject({ code: 0 });
    expect(filled.output).toContain('24 candles filled\n');
    const backfilled = await run('backfill --days 8 --instrument SOLUSDT');
    expect(backfilled.output).toContain('168 saved');
    expect(backfilled.errors).toContain('tickwire: What is older than the 5 days');
    const anew = await run('backfill --days 1 --instrument SOLUSDT --anew');
    expect(anew.output).toContain(' 0 saved, 0 absent at the venue, 0 still missing\n');
    expect(anew.errors).toContain('SOLUSDT H1 0 of 24 candles\n');
    const wrong = await run('backfill --instrument EUR_USD --granularity M3');
    expect(wrong).toMatchObject({ code: 2, output: '' });
    expect(wrong.errors).toMatch(/^tickwire: --granularity: expected [^\n]+\n$/);
    const line = 'backfill --instrument SOLUSDT --granularity M1 --days 30';
    const interrupted = start(line);
    await waitFor(() => /SOLUSDT M1 [1-9]/.test(interrupted.errors()), 'candles');
    interrupted.child.kill('SIGINT');
    expect(await endOf(interrupted)).toMatchObject({ code: 130, output: '' });
    const bereft = start(line);
    await waitFor(() => /SOLUSDT M1 [1-9]/.test(bereft.errors()), 'candles');
    server.child.kill('SIGKILL');
    expect(await endOf(bereft)).toMatchObject({ code: 1, output: '' });
    expect(bereft.errors()).toMatch(/\ntickwire: The server ended before it was done\n$/);
    expect(existsSync(controlPath(join(folder, 'data')))).toBe(true);
    expect(await run('gaps --instrument SOLUSDT --granularity H1 --days 8')).toMatchObject({
      code: 0,
      output: 'Nothing is missing in 1 series\n',
    });
    const next = start('serve', ports);
    await waitFor(() => next.output().includes('Tickwire is ready'), 'the next server');
    expect(await run('gaps --granularity H1')).toMatchObject({ code: 0 });
    next.child.kill('SIGTERM');
    expect(await next.exited).toBe(0);
    expect(existsSync(controlPath(join(folder, 'data')))).toBe(false);
  });
});
