import { createOandaSimulator, type FaultCommand, type OandaSimulator } from '@tickwire/simulator';
import { describe, expect, test } from 'vitest';
import { ACCOUNT, ask, openStream, startSimulator, waitFor } from '../support/simulator.ts';

/** A market that moves a hundred times as fast as the real one. */
const startFast = (): Promise<OandaSimulator> =>
  startSimulator({ startOffsetMs: -86_400_000, speed: 100 });

const statusOf = async (simulator: OandaSimulator): Promise<number> =>
  (await ask(`${simulator.restUrl}/v3/accounts`)).status;

describe('faults', () => {
  test.each(['reset', 'end'] as const)('drop ends every stream with a %s', async (mode) => {
    const simulator = await startSimulator();
    const streams = [
      await openStream(simulator, 'instruments=EUR_USD'),
      await openStream(simulator, 'instruments=USD_JPY'),
    ];
    simulator.faults.set({ fault: 'drop', mode });
    await waitFor(() => streams.every(({ ending }) => ending === mode));
    expect(simulator.faults.list()).toEqual([]);
    const next = await openStream(simulator, 'instruments=EUR_USD');
    await waitFor(() => next.lines().length >= 2);
    expect(next.ending).toBeUndefined();
  });

  test('drop ends as many streams as it counts, also those to come', async () => {
    const simulator = await startSimulator();
    const first = await openStream(simulator, 'instruments=EUR_USD');
    simulator.faults.set({ fault: 'drop', mode: 'end', count: 2 });
    const second = await openStream(simulator, 'instruments=EUR_USD');
    const third = await openStream(simulator, 'instruments=EUR_USD');
    await waitFor(() => first.ending === 'end' && second.ending === 'end');
    await waitFor(() => third.lines().length >= 2);
    expect(third.ending).toBeUndefined();
  });

  test('stall silences open streams and new ones until it is cleared', async () => {
    const simulator = await startFast();
    const open = await openStream(simulator, 'instruments=EUR_USD');
    await waitFor(() => open.lines().length >= 3);
    simulator.faults.set({ fault: 'stall' });
    const fresh = await openStream(simulator, 'instruments=EUR_USD');
    const before = open.lines().length;
    // Answers over another socket give the market time to move.
    for (let count = 0; count < 50; count += 1) {
      await statusOf(simulator);
    }
    expect(fresh.status).toBe(200);
    expect(fresh.lines()).toEqual([]);
    expect(open.lines().length - before).toBeLessThanOrEqual(5);
    expect(open.ending).toBeUndefined();
    simulator.faults.clear('stall');
    await waitFor(() => fresh.lines().length >= 1 && open.lines().length > before + 5);
  });

  test('split-lines cuts each line across two chunks', async () => {
    const simulator = await startFast();
    const stream = await openStream(simulator, 'instruments=EUR_USD,USD_JPY');
    await waitFor(() => stream.lines().length >= 3);
    const before = stream.chunks.length;
    simulator.faults.set({ fault: 'split-lines' });
    const isHalf = (chunk: string): boolean => !chunk.endsWith('\n');
    await waitFor(() => stream.chunks.slice(before).filter(isHalf).length >= 3);
    simulator.faults.clear();
    expect(() => stream.prices()).not.toThrow();
  });

  test('join-lines brings two lines in one chunk', async () => {
    const simulator = await startSimulator();
    simulator.faults.set({ fault: 'join-lines' });
    const stream = await openStream(simulator, 'instruments=EUR_USD,USD_JPY');
    await waitFor(() => stream.chunks.length >= 1);
    expect(stream.chunks[0]?.match(/\n/g)).toHaveLength(2);
    expect(stream.prices()).toHaveLength(2);
  });

  test('malformed puts a broken line before every nth', async () => {
    const simulator = await startSimulator();
    simulator.faults.set({ fault: 'malformed', every: 2 });
    const stream = await openStream(simulator, 'instruments=EUR_USD,USD_JPY,GBP_USD');
    await waitFor(() => stream.lines().length >= 6);
    const isBroken = stream.lines().map((line) => {
      try {
        JSON.parse(line);
        return false;
      } catch {
        return true;
      }
    });
    expect(isBroken.slice(0, 6)).toEqual([false, true, false, false, true, false]);
  });

  test.each([
    ['unauthorized', 401],
    ['too-many-requests', 429],
    ['unavailable', 503],
  ] as const)('%s answers %i on both hosts, as often as it counts', async (fault, status) => {
    const simulator = await startSimulator();
    simulator.faults.set({ fault, count: 2 });
    expect(await statusOf(simulator)).toBe(status);
    expect((await openStream(simulator, 'instruments=EUR_USD')).status).toBe(status);
    expect(await statusOf(simulator)).toBe(200);
  });

  test('unavailable has a body of HTML', async () => {
    const simulator = await startSimulator();
    simulator.faults.set({ fault: 'unavailable' });
    const answer = await ask(`${simulator.restUrl}/v3/accounts`);
    expect(answer.headers['content-type']).toBe('text/html');
    expect(answer.text).toContain('<html>');
  });

  test('unknown-instrument takes an instrument away until it is cleared', async () => {
    const simulator = await startSimulator();
    const carrying = await openStream(simulator, 'instruments=EUR_USD,USD_JPY');
    const other = await openStream(simulator, 'instruments=USD_JPY');
    simulator.faults.set({ fault: 'unknown-instrument', instrument: 'EUR_USD' });
    await waitFor(() => carrying.ending === 'end');
    const list = (await ask(`${simulator.restUrl}${ACCOUNT}/instruments`)).text;
    expect(list).not.toContain('"EUR_USD"');
    expect(list).toContain('"USD_JPY"');
    const paths = [
      `${ACCOUNT}/pricing?instruments=EUR_USD`,
      '/v3/instruments/EUR_USD/candles',
      `${ACCOUNT}/instruments?instruments=EUR_USD`,
      `${ACCOUNT}/candles/latest?candleSpecifications=EUR_USD:H1:M`,
    ];
    for (const path of paths) {
      expect((await ask(simulator.restUrl + path)).status).toBe(400);
    }
    expect((await openStream(simulator, 'instruments=USD_JPY,EUR_USD')).status).toBe(400);
    expect(other.ending).toBeUndefined();
    simulator.faults.clear();
    expect((await openStream(simulator, 'instruments=USD_JPY,EUR_USD')).status).toBe(200);
  });

  test('slow delays every answer and every start of a stream', async () => {
    const simulator = await startSimulator();
    simulator.faults.set({ fault: 'slow', delayMs: 60, count: 2 });
    const startedAt = performance.now();
    await statusOf(simulator);
    await openStream(simulator, 'instruments=EUR_USD');
    expect(performance.now() - startedAt).toBeGreaterThan(115);
    expect(simulator.faults.list()).toEqual([]);
  });

  test('a fault is over when its time is', async () => {
    let nowMs = Date.now();
    const simulator = await startSimulator({ now: () => nowMs });
    simulator.faults.set({ fault: 'unauthorized', forMs: 5_000 });
    expect(await statusOf(simulator)).toBe(401);
    nowMs += 4_000;
    expect(simulator.faults.list()).toEqual([{ fault: 'unauthorized', forMs: 1_000 }]);
    nowMs += 1_000;
    expect(await statusOf(simulator)).toBe(200);
  });

  test('several are on at once, one instrument is unknown beside another', () => {
    const { faults } = createOandaSimulator();
    faults.set({ fault: 'split-lines' });
    faults.set({ fault: 'unknown-instrument', instrument: 'EUR_USD' });
    faults.set({ fault: 'unknown-instrument', instrument: 'USD_JPY' });
    faults.set({ fault: 'slow', delayMs: 1 });
    faults.set({ fault: 'slow', delayMs: 2 });
    expect(faults.list()).toHaveLength(4);
    faults.clear('unknown-instrument');
    expect(faults.list()).toEqual([{ fault: 'split-lines' }, { fault: 'slow', delayMs: 2 }]);
  });
});

describe('/simulator/faults', () => {
  test.each(['restUrl', 'streamUrl'] as const)('orders, lists and clears on %s', async (host) => {
    const simulator = await startSimulator();
    const url = `${simulator[host]}/simulator/faults`;
    const headers = { authorization: '' };
    const post = (command: FaultCommand): ReturnType<typeof ask> =>
      ask(url, { method: 'POST', headers, body: JSON.stringify(command) });
    await post({ fault: 'unauthorized', count: 3 });
    const ordered = await post({ fault: 'slow', delayMs: 1 });
    expect(ordered.status).toBe(200);
    expect(await statusOf(simulator)).toBe(401);
    expect((await ask(url, { headers })).json()).toEqual({
      faults: [
        { fault: 'unauthorized', count: 2 },
        { fault: 'slow', delayMs: 1 },
      ],
    });
    await ask(`${url}?fault=slow`, { method: 'DELETE', headers });
    expect(simulator.faults.list()).toEqual([{ fault: 'unauthorized', count: 2 }]);
    expect((await ask(url, { method: 'DELETE', headers })).json()).toEqual({ faults: [] });
    expect(await statusOf(simulator)).toBe(200);
  });

  test.each([
    ['nonsense', /^Expected a JSON object/],
    ['[]', /^Expected a JSON object/],
    ['{"fault":"flood"}', /^Expected 'fault' to be one of drop, .+ got "flood"$/],
    ['{"fault":"drop","mode":"soft"}', /^Expected 'mode' to be 'reset' or 'end', got "soft"$/],
    ['{"fault":"slow"}', /^Expected 'delayMs' to be there/],
    ['{"fault":"unknown-instrument"}', /^Expected 'instrument' to be a name/],
    ['{"fault":"stall","count":0}', /^Expected 'count' to be a whole number from 1/],
    ['{"fault":"stall","forMs":"5s"}', /^Expected 'forMs' to be a whole number from 1/],
    ['{"fault":"stall","mode":"end"}', /^Expected no field 'mode' with the fault 'stall'$/],
  ])('refuses %s with 400', async (body, expected) => {
    const simulator = await startSimulator();
    const url = `${simulator.restUrl}/simulator/faults`;
    const answer = await ask(url, { method: 'POST', body });
    expect(answer.status).toBe(400);
    expect(answer.json()['errorMessage']).toMatch(expected);
    expect(simulator.faults.list()).toEqual([]);
  });

  test('refuses another method, and to clear a fault that there is not', async () => {
    const simulator = await startSimulator();
    const url = `${simulator.restUrl}/simulator/faults`;
    expect((await ask(url, { method: 'PUT' })).status).toBe(405);
    expect((await ask(`${url}?fault=flood`, { method: 'DELETE' })).status).toBe(400);
  });
});
