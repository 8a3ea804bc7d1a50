import type { FeedHealth, Health } from '@tickwire/protocol';
import { type FaultCommand, type OandaSimulator, createOandaSimulator } from '@tickwire/simulator';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createScaledClock } from '../../support/scaled-clock.ts';
import { RecordingClient } from '../../support/socket-io-client.ts';
import { type TestServer, startServer } from '../../support/test-server.ts';
import { waitFor } from '../../support/wait-for.ts';

const CLIENTS = 50;
const SPEED = 20;
const HOUR_MS = 3_600_000;

/**
 * Everything that can go wrong between OANDA and us, while clients are connected. Venue and server
 * run on a clock that is twenty times as fast, so that their limits come in a test's time.
 */
describe('OANDA feed under faults', () => {
  let simulator: OandaSimulator;
  let server: TestServer;
  const clients: RecordingClient[] = [];

  beforeAll(async () => {
    simulator = createOandaSimulator({ startOffsetMs: -48 * HOUR_MS, speed: SPEED });
    await simulator.start();
    const settings = { OANDA_URL: simulator.restUrl, OANDA_STREAM_URL: simulator.streamUrl };
    server = await startServer(settings, createScaledClock(SPEED));
    for (let index = 0; index < CLIENTS; index += 1) {
      clients.push(new RecordingClient(server.url, { transports: ['websocket'] }));
    }
    await Promise.all(
      clients.map((client) =>
        client.request('subscribe', { pairs: '*' }, 'subscription_confirmed'),
      ),
    );
    await waitForState('live');
  });

  afterEach(async () => {
    simulator.faults.clear();
    await waitForState('live');
    await waitForPrices();
    expect(clients.flatMap(({ disconnects }) => disconnects)).toEqual([]);
  });

  afterAll(async () => {
    for (const client of clients) {
      client.close();
    }
    await server.close();
    await simulator.close();
  });

  const feedHealth = async (): Promise<FeedHealth> => {
    const response = await fetch(`${server.url}/health`);
    return ((await response.json()) as Health).feeds[0]!;
  };
  const waitForState = (...states: FeedHealth['state'][]): Promise<FeedHealth> =>
    waitFor(
      async () => {
        const health = await feedHealth();
        return states.includes(health.state) && health;
      },
      `the feed to be ${states.join(' or ')}`,
    );

  /** Every client gets new prices. */
  async function waitForPrices(): Promise<void> {
    const counts = clients.map((client) => client.all('price_update').length);
    await waitFor(
      () =>
        clients.every((client, index) => client.all('price_update').length > counts[index]! + 5),
      'prices at every client',
    );
  }

  const troubles: [FaultCommand, RegExp][] = [
    [{ fault: 'drop', mode: 'reset', forMs: 60_000 }, /stream from OANDA broke/],
    [{ fault: 'drop', mode: 'end', forMs: 60_000 }, /closed the stream/],
    [{ fault: 'stall' }, /No line from OANDA for 10 s|No answer/],
  ];
  test.each(troubles)('$fault: is down, says why, and comes back', async (fault, reason) => {
    simulator.faults.set(fault);
    const trouble = await waitForState('down', 'stale');
    expect(trouble.reason).toMatch(reason);
    const response = await fetch(`${server.url}/health`);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ status: 'degraded' });
  });

  const refusals: [FaultCommand, RegExp][] = [
    [{ fault: 'unauthorized' }, /401: Insufficient authorization/],
    [{ fault: 'too-many-requests' }, /429/],
    [{ fault: 'unavailable' }, /503/],
    [{ fault: 'slow', delayMs: 5_000 }, /No answer from OANDA for 10 s/],
  ];
  test.each(refusals)(
    '$fault at reconnecting: is down, says why, and comes back',
    async (fault, reason) => {
      simulator.faults.set(fault);
      simulator.faults.set({ fault: 'drop', count: 1 });
      await waitFor(async () => {
        const { state, reason: given = '' } = await feedHealth();
        return state === 'down' && reason.test(given);
      }, `the reason ${reason}`);
    },
  );

  const nuisances: [FaultCommand, boolean][] = [
    [{ fault: 'split-lines' }, false],
    [{ fault: 'join-lines' }, false],
    [{ fault: 'malformed', every: 3 }, true],
  ];
  test.each(nuisances)('$fault: nothing changes but a counter', async (fault, isCounted) => {
    const before = await feedHealth();
    simulator.faults.set(fault);
    await waitForPrices();
    await waitForPrices();
    await waitFor(
      async () => !isCounted || (await feedHealth()).rejected_frames > before.rejected_frames,
      'the counter',
    );
    const after = await feedHealth();
    expect(after).toMatchObject({ state: 'live', since: before.since });
    expect(after.rejected_frames > before.rejected_frames).toBe(isCounted);
  });

  test('one unknown instrument is down and named, the others live, until it is back', async () => {
    simulator.faults.set({ fault: 'unknown-instrument', instrument: 'GBP_CAD' });
    await waitFor(async () => {
      const { state, instruments } = await feedHealth();
      return state === 'live' && instruments?.length === 1;
    }, 'one instrument to be down');
    const response = await fetch(`${server.url}/health`);
    expect(await response.json()).toMatchObject({
      status: 'degraded',
      feeds: [{ state: 'live', instruments: [{ instrument: 'GBP_CAD', state: 'down' }] }],
    });
    await waitForPrices();
    simulator.faults.clear();
    await waitFor(async () => (await feedHealth()).instruments === undefined, 'GBP_CAD to be back');
    const client = clients[0]!;
    const seen = client.all('price_update').length;
    await waitFor(
      () =>
        client
          .all('price_update')
          .slice(seen)
          .some(({ instrument }) => instrument === 'GBP_CAD'),
      'a price of GBP_CAD',
    );
  });
});
