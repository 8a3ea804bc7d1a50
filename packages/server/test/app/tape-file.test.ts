import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tapeFilePart, unfollowedPart } from '../../src/app/tape-file.ts';
import { MemoryLog } from '../../src/bus/memory-log.ts';
import { LastValues } from '../../src/tape/last-values.ts';
import { openChannels, TRANSPORTS } from '../support/channel-client.ts';
import { TRADES, candleOf, quoteOf } from '../support/live-events.ts';
import { startLiveGateway } from '../support/live-gateway.ts';
import { createRecordingLogger } from '../support/recording-logger.ts';
import { createDirectoryForTest } from '../support/temporary-directory.ts';
import { startServer } from '../support/test-server.ts';

const EUR = 'price:EUR_USD';

/** One run of a program that has nothing but a tape. */
function createRun(directory: string, epoch: string) {
  const path = join(directory, 'tape.json');
  const log = new MemoryLog({ epoch, size: 10, maxAgeMs: 600_000, now: () => Date.now() });
  const logger = createRecordingLogger();
  const part = tapeFilePart({ path, log, logger });
  return { log, logger, path, start: async () => part.start(), stop: () => part.close() };
}

test('an orderly stop keeps epoch, numbers and messages; the file is gone once it is read', async () => {
  const directory = await createDirectoryForTest();
  const first = createRun(directory, 'first');
  await first.start();
  first.log.append(quoteOf('EUR_USD', '1.1'));
  first.log.append(quoteOf('EUR_USD', '1.2'));
  await first.stop();
  expect(await readdir(directory)).toEqual(['tape.json']);
  const second = createRun(directory, 'second');
  await second.start();
  expect(await readdir(directory)).toEqual([]);
  expect(second.log.append(quoteOf('EUR_USD', '1.3'))).toMatchObject({ epoch: 'first', seq: 3 });
  const missed = await second.log.since(EUR, { epoch: 'first', seq: 0 });
  expect(missed?.map(({ event }) => event)).toMatchObject([
    { bid: '1.1' },
    { bid: '1.2' },
    { bid: '1.3' },
  ]);
  expect([first.logger.lines, second.logger.lines]).toEqual([[], []]);
});

test('after a crash numbering starts anew, also after the crash of a run that went on', async () => {
  const directory = await createDirectoryForTest();
  const first = createRun(directory, 'first');
  await first.start();
  first.log.append(quoteOf('EUR_USD'));
  await first.stop();
  const crashed = createRun(directory, 'crashed');
  await crashed.start();
  crashed.log.append(quoteOf('EUR_USD'));
  const third = createRun(directory, 'third');
  await third.start();
  expect(third.log.position(EUR)).toEqual({ epoch: 'third', seq: 0 });
});

const MESSAGE = {
  channel: EUR,
  epoch: 'first',
  seq: 1,
  at: Date.now(),
  event: quoteOf('EUR_USD'),
};
const CHANNELS = { [EUR]: { seq: 1, brokenAt: -1, messages: [] } };

/** A file of ours with one channel that looks so. */
function savedWith(channel: object): string {
  return JSON.stringify({ version: 3, epoch: 'first', channels: { [EUR]: channel } });
}

function savedWithMessage(message: object): string {
  return savedWith({ ...CHANNELS[EUR], messages: [message] });
}

test('a file with what the tests below leave out is used', async () => {
  const directory = await createDirectoryForTest();
  const run = createRun(directory, 'second');
  await writeFile(run.path, savedWith({ ...CHANNELS[EUR], messages: [MESSAGE] }));
  await run.start();
  expect(run.log.position(EUR)).toEqual({ epoch: 'first', seq: 1 });
  expect(run.log.newest(EUR, 10)).toEqual([MESSAGE]);
  expect(run.logger.lines).toEqual([]);
});

test.each([
  ['nothing', ''],
  ['half of it', '{"version":3,"epoch":"first","chan'],
  ['no object', '7'],
  ['null', 'null'],
  ['another version', JSON.stringify({ version: 2, epoch: 'first', channels: CHANNELS })],
  ['no channels', JSON.stringify({ version: 3, epoch: 'first' })],
  ['no epoch', JSON.stringify({ version: 3, channels: CHANNELS })],
  ['a channel without number', savedWith({ brokenAt: -1, messages: [] })],
  ['a channel that does not say where it is broken', savedWith({ seq: 1, messages: [] })],
  ['a channel without messages', savedWith({ seq: 1, brokenAt: -1 })],
  ['a message without time', savedWithMessage({ ...MESSAGE, at: undefined })],
  ['a message without number', savedWithMessage({ ...MESSAGE, seq: undefined })],
])('a file with %s is not used, and gone', async (_, text) => {
  const directory = await createDirectoryForTest();
  const run = createRun(directory, 'second');
  await writeFile(run.path, text);
  await run.start();
  expect(run.log.position(EUR)).toEqual({ epoch: 'second', seq: 0 });
  expect(run.logger.lines).toMatchObject([
    { level: 'warn', message: 'Numbering starts anew: unreadable file' },
  ]);
  expect(await readdir(directory)).toEqual([]);
});

test('what cannot be written leaves no file that looks whole', async () => {
  const directory = await createDirectoryForTest();
  const run = createRun(directory, 'first');
  await run.start();
  await mkdir(`${run.path}.unfinished`);
  await expect(run.stop()).rejects.toThrow('EISDIR');
  expect(await readdir(directory)).toEqual(['tape.json.unfinished']);
});

/** A server on a directory, and where a client of it stands after a price. */
async function serveOnce(directory: string, since?: { since: number; epoch: string }) {
  const server = await startServer({ FEEDS: 'none', DATA_DIR: directory });
  const [transport] = Object.values(TRANSPORTS);
  if (transport === undefined) {
    throw new Error('Expected a transport');
  }
  const client = await openChannels(server.url, transport);
  const place = (await client.subscribe({ [EUR]: since ?? {} })).channels[EUR];
  server.publish('price_updates', { instrument: 'EUR_USD', bid: '1.1', ask: '1.2' });
  await client.count(EUR, 1);
  await server.close();
  return { place, numbers: client.numbers(EUR) };
}

test('a server that stops in order and starts again recovers its clients', async () => {
  const directory = await createDirectoryForTest();
  const first = await serveOnce(directory);
  expect(first).toMatchObject({ place: { seq: 0 }, numbers: [1] });
  const { epoch = '' } = first.place ?? {};
  const again = await serveOnce(directory, { since: 0, epoch });
  expect(again).toEqual({ place: { epoch, seq: 1, recovered: true }, numbers: [1, 2] });
  const saved = JSON.parse(await readFile(join(directory, 'tape.json'), 'utf8')) as object;
  expect(saved).toMatchObject({ version: 3, epoch, channels: { [EUR]: { seq: 2 } } });
});

test('a server that keeps nothing numbers anew with each start', async () => {
  const first = await serveOnce('none');
  const { epoch = '' } = first.place ?? {};
  const again = await serveOnce('none', { since: 0, epoch });
  expect(again.place).toMatchObject({ seq: 0, recovered: false });
  expect(again.place?.epoch).not.toBe(epoch);
});

/** What a client is told that comes back, over the first transport, to what a log has numbered. */
async function comeBack(log: MemoryLog, places: Readonly<Record<string, number>>) {
  const gateway = await startLiveGateway({ log });
  const [transport] = Object.values(TRANSPORTS);
  if (transport === undefined) {
    throw new Error('Expected a transport');
  }
  const client = await openChannels(gateway.url, transport);
  const wanted = Object.entries(places).map(([name, since]) => {
    return [name, { since, epoch: 'first' }] as const;
  });
  const { channels } = await client.subscribe(Object.fromEntries(wanted));
  return Object.entries(channels).map(([name, { seq, recovered }]) => [name, seq, recovered]);
}

test('a client that was away over a break is not told that it missed nothing', async () => {
  const directory = await createDirectoryForTest();
  const first = createRun(directory, 'first');
  await first.start();
  first.log.append(quoteOf('EUR_USD'));
  first.log.breakAt(EUR);
  first.log.append(quoteOf('EUR_USD'));
  await first.stop();
  const second = createRun(directory, 'second');
  await second.start();
  expect(await comeBack(second.log, { [EUR]: 1 })).toEqual([[EUR, 2, false]]);
  expect(await comeBack(second.log, { [EUR]: 2 })).toEqual([[EUR, 2, true]]);
});

test('what went on while the program was away is broken: trades, and candles of no store', async () => {
  const directory = await createDirectoryForTest();
  const candles = ['1', '5'].map((interval) => `candles:BTCUSDT:${interval}`);
  const [recalled = '', unknown = ''] = candles;
  const channels = [EUR, 'trades:BTCUSDT', recalled, unknown];
  const first = createRun(directory, 'first');
  await first.start();
  for (const event of [quoteOf('EUR_USD'), TRADES, candleOf(0), candleOf(0, { interval: '5' })]) {
    first.log.append(event);
  }
  await first.stop();
  const second = createRun(directory, 'second');
  await second.start();
  const lastValues = new LastValues(() => 0);
  lastValues.setCandles(recalled, [candleOf(0, { isConfirmed: true })]);
  await unfollowedPart(second.log, lastValues).start();
  const places = Object.fromEntries(channels.map((name) => [name, 1]));
  expect(await comeBack(second.log, places)).toEqual([
    [EUR, 1, true],
    ['trades:BTCUSDT', 1, false],
    [recalled, 1, true],
    [unknown, 1, false],
  ]);
});
