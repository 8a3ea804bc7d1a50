import { describe, expect, test } from 'vitest';
import { clockFrom, openStream, startSimulator, waitFor } from '../support/simulator.ts';

const SATURDAY_MS = Date.parse('2026-07-04T12:00:00Z');
const isHeartbeat = (line: string): boolean => line.includes('"HEARTBEAT"');

describe('OANDA price stream', () => {
  test('is chunked bytes on a connection of its own', async () => {
    const simulator = await startSimulator();
    const stream = await openStream(simulator, 'instruments=EUR_USD');
    expect(stream.status).toBe(200);
    expect(stream.headers['content-type']).toBe('application/octet-stream');
    expect(stream.headers['transfer-encoding']).toBe('chunked');
    expect(stream.headers['connection']).toBe('close');
    expect(stream.headers['requestid']).toMatch(/^\d+$/);
  });

  test('begins with a snapshot in the order asked for, then a heartbeat, then prices', async () => {
    const simulator = await startSimulator({ startOffsetMs: -86_400_000, speed: 100 });
    const stream = await openStream(simulator, 'instruments=USD_JPY,EUR_USD');
    await waitFor(() => stream.prices().length >= 20);
    const [first, second] = stream.prices();
    expect([first?.instrument, second?.instrument]).toEqual(['USD_JPY', 'EUR_USD']);
    expect(isHeartbeat(stream.lines()[2] ?? '')).toBe(true);
    expect(first?.time).toMatch(/\.\d{9}Z$/);
  });

  test('sends at most one price per instrument and window', async () => {
    const simulator = await startSimulator({ startOffsetMs: -86_400_000, speed: 100 });
    const stream = await openStream(simulator, 'instruments=EUR_USD');
    await waitFor(() => stream.prices().length >= 100);
    const times = stream.prices().map(({ time }) => Date.parse(time));
    expect(times).toEqual([...times].sort((a, b) => a - b));
    times.slice(2).forEach((time, index) => {
      expect(time - (times[index] ?? 0)).toBeGreaterThan(250);
    });
  });

  test('goes without a snapshot when asked to', async () => {
    const simulator = await startSimulator({ now: clockFrom(SATURDAY_MS), weekend: 'closed' });
    const stream = await openStream(simulator, 'instruments=EUR_USD&snapshot=false');
    await waitFor(() => stream.lines().length >= 1);
    expect(isHeartbeat(stream.lines()[0] ?? '')).toBe(true);
  });

  test('has a non-tradeable price of Friday and then only heartbeats at a weekend', async () => {
    const simulator = await startSimulator({
      now: clockFrom(SATURDAY_MS),
      weekend: 'closed',
      startOffsetMs: -3_600_000,
      speed: 500,
    });
    const stream = await openStream(simulator, 'instruments=EUR_USD,USD_JPY');
    await waitFor(() => stream.lines().filter(isHeartbeat).length >= 10);
    expect(stream.prices()).toHaveLength(2);
    for (const price of stream.prices()) {
      expect(price.tradeable).toBe(false);
      expect(price.status).toBe('non-tradeable');
      expect(price.time).toMatch(/^2026-07-03T2\d:/);
    }
  });

  test('says that the market closes when it does', async () => {
    const simulator = await startSimulator({
      now: clockFrom(SATURDAY_MS),
      weekend: 'closed',
      startOffsetMs: Date.parse('2026-07-03T20:50:00Z') - SATURDAY_MS,
      speed: 2_000,
    });
    const stream = await openStream(simulator, 'instruments=EUR_USD');
    await waitFor(() => stream.prices().some(({ tradeable }) => !tradeable));
    expect(stream.prices()[0]?.tradeable).toBe(true);
    const before = stream.prices().length;
    await waitFor(() => stream.lines().slice(-3).every(isHeartbeat));
    expect(stream.prices()).toHaveLength(before);
    expect(stream.prices().at(-1)?.tradeable).toBe(false);
  });

  test('writes UNIX times when asked to', async () => {
    const simulator = await startSimulator();
    const headers = { 'Accept-Datetime-Format': 'UNIX' };
    const stream = await openStream(simulator, 'instruments=EUR_USD', headers);
    await waitFor(() => stream.lines().length >= 2);
    for (const line of stream.lines()) {
      expect((JSON.parse(line) as { time: string }).time).toMatch(/^\d{10}\.\d{9}$/);
    }
  });

  test.each(['', 'instruments=', 'instruments=EUR_USD,NO_SUCH'])(
    'refuses %j with 400 and JSON',
    async (query) => {
      const simulator = await startSimulator();
      const stream = await openStream(simulator, query);
      expect(stream.status).toBe(400);
      expect(stream.headers['content-type']).toBe('application/json');
    },
  );
});
