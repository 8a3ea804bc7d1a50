import { existsSync } from 'node:fs';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { createOandaSimulator } from '@tickwire/simulator';
import { describe, expect, test } from 'vitest';
import { folderOf, H1_TABLE } from '../support/recorded.ts';
import { candlesOf, priceOf } from '../support/rest-answers.ts';
import { ACCOUNT, ask, clockFrom, startSimulator } from '../support/simulator.ts';

/** A file, to all appearances, that nobody can read from its beginning. Only Linux has it. */
const UNREADABLE = '/proc/self/mem';
const NOON_MS = Date.parse('2026-07-01T12:00:00Z');

describe('files of recorded data', () => {
  test('that are unknown are passed over with a line of the log', async () => {
    const log: string[] = [];
    const folder = await folderOf({ 'EUR_USD.csv': H1_TABLE, 'notes.txt': 'hello', 'a.png': 'x' });
    await startSimulator({ data: [folder], log: (line) => log.push(line) });
    expect(log).toEqual([
      `Ignored ${join(folder, 'a.png')}: not recorded data of a kind that is known`,
      `Ignored ${join(folder, 'notes.txt')}: not recorded data of a kind that is known`,
    ]);
  });

  test('are known by what is in them, whatever they are called', async () => {
    const folder = await folderOf({ EUR_USD: `\uFEFF${H1_TABLE}` });
    await writeFile(join(folder, 'GBP_USD.bin'), gzipSync(H1_TABLE));
    await writeFile(join(folder, 'USD_JPY.csv.gz'), gzipSync(H1_TABLE).subarray(0, 40));
    const log: string[] = [];
    const simulator = await startSimulator({ data: [folder], log: (line) => log.push(line) });
    const answer = await ask(`${simulator.restUrl}${ACCOUNT}/instruments`);
    expect(answer.json()['instruments']).toMatchObject([{ name: 'EUR_USD' }, { name: 'GBP_USD' }]);
    expect(log).toHaveLength(1);
  });

  test('hold any number of ticks, of which broken ones are left out', async () => {
    const endMs = NOON_MS - 1_000;
    const rows = Array.from({ length: 200_000 }, (_, index) => {
      return `${endMs - (200_000 - index) * 250},1.10000,1.10010`;
    });
    const broken = [',1.1,1.2', '1e30,1.1,1.2', '-5,1.1,1.2', `${endMs},x,1.2`];
    const folder = await folderOf({
      'EUR_USD.csv': ['time_ms_utc,bid,ask', ...broken, ...rows].join('\n'),
    });
    const simulator = await startSimulator({ now: clockFrom(NOON_MS), data: [folder] });
    const list = await candlesOf(simulator, 'EUR_USD', 'granularity=D&count=5000');
    const volumes = (list as unknown as { volume: number }[]).map(({ volume }) => volume);
    expect(volumes.reduce((sum, volume) => sum + volume, 0)).toBe(200_000);
  });

  test('have times that are UTC where they name no zone', async () => {
    const folder = await folderOf({ 'EUR_USD.csv': H1_TABLE.replaceAll('Z,', ',') });
    const simulator = await startSimulator({ data: [folder], shift: 'none' });
    const list = await candlesOf(simulator, 'EUR_USD', 'granularity=H1&count=1');
    expect(list?.[0]?.['time']).toBe('2018-01-04T13:00:00.000000000Z');
  });

  test('of candles leave out those whose prices are not decimals', async () => {
    const mid = { o: '1.10000', h: '1.10000', l: '1.10000', c: '1.10000' };
    const rows = [
      { time: '2018-01-04T10:00:00Z', volume: 'many', mid },
      { time: '2018-01-04T11:00:00Z', volume: 1, mid: { ...mid, h: 'NaN' } },
      { time: '2018-01-04T12:00:00Z', volume: '18', mid },
    ];
    const body = { instrument: 'EUR_USD', granularity: 'H1', candles: rows };
    const folder = await folderOf({ 'candles.json': JSON.stringify(body) });
    const simulator = await startSimulator({ data: [folder], shift: 'none' });
    const list = await candlesOf(simulator, 'EUR_USD', 'granularity=H1&count=9');
    expect(list).toMatchObject([{ volume: 1 }, { volume: 18 }]);
  });

  test('are found once where links lead round, and links to nothing are passed over', async () => {
    const folder = await folderOf({ 'EUR_USD.csv': H1_TABLE });
    await symlink(folder, join(folder, 'self'));
    await symlink('/no/such/place', join(folder, 'nowhere'));
    const log: string[] = [];
    await startSimulator({ data: [folder], log: (line) => log.push(line) });
    expect(log).toEqual([`Ignored ${join(folder, 'nowhere')}: neither a file nor a folder`]);
  });

  test.skipIf(!existsSync(UNREADABLE))(
    'that cannot be read are passed over in a folder, and fail the start by themselves',
    async () => {
      const folder = await folderOf({ 'EUR_USD.csv': H1_TABLE });
      const file = join(folder, 'GBP_USD.csv');
      await symlink(UNREADABLE, file);
      const log: string[] = [];
      const simulator = await startSimulator({ data: [folder], log: (line) => log.push(line) });
      expect(await priceOf(simulator)).toMatchObject({ instrument: 'EUR_USD' });
      expect(log).toEqual([expect.stringContaining(`Ignored ${file}: Error: EIO`)]);
      await expect(createOandaSimulator({ data: [file] }).start()).rejects.toThrow('EIO');
    },
  );

  test.skipIf(process.getuid === undefined || process.getuid() === 0)(
    'are found beside a folder that may not be opened (skipped for root, who may)',
    async () => {
      const folder = await folderOf({ 'EUR_USD.csv': H1_TABLE });
      const closed = join(folder, 'closed');
      await mkdir(closed);
      await chmod(closed, 0);
      const log: string[] = [];
      const simulator = await startSimulator({ data: [folder], log: (line) => log.push(line) });
      expect(await priceOf(simulator)).toMatchObject({ instrument: 'EUR_USD' });
      expect(log).toEqual([expect.stringContaining(`Ignored ${closed}: Error: EACCES`)]);
    },
  );

  test('that are absent, or all unknown, fail the start and are named', async () => {
    const absent = createOandaSimulator({ data: ['/no/such/place'] });
    await expect(absent.start()).rejects.toThrow('/no/such/place');
    const folder = await folderOf({ 'notes.txt': 'hello' });
    const unknown = createOandaSimulator({ data: [folder] });
    await expect(unknown.start()).rejects.toThrow(`Expected recorded data in ${folder}`);
  });
});
