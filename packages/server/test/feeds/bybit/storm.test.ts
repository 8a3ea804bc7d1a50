import { expect, onTestFinished, test } from 'vitest';
import { WebSocketServer } from 'ws';
import type { AddressInfo } from 'node:net';
import { waitFor } from '../../support/wait-for.ts';
import { startSupervised } from './supervised-feed.ts';

const SPEED = 100;
const WINDOW_MS = 300_000;
/** Of 500 in five minutes, for each of three categories. */
const SHARE = 166;

/** A venue that lets everybody in, and ends the connection after a while. */
async function startRevolvingDoor(livesMs: number) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  const times: number[] = [];
  let now = (): number => 0;
  server.on('connection', (socket) => {
    times.push(now());
    socket.on('error', () => undefined);
    const timer = setTimeout(() => {
      socket.terminate();
    }, livesMs / SPEED);
    socket.on('close', () => {
      clearTimeout(timer);
    });
  });
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(async () => {
    server.clients.forEach((client) => {
      client.terminate();
    });
    await new Promise((resolve) => {
      server.close(resolve);
    });
  });
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    times,
    useClock: (clock: () => number) => {
      now = clock;
    },
  };
}

test.each([
  ['at once', 0, 10],
  ['just when a connection counts as a good one', 2_100, 40],
])('stays within the venue’s limit if it ends each connection %s', async (_, livesMs, least) => {
  const door = await startRevolvingDoor(livesMs);
  const venue = await startSupervised({
    channels: [{ kind: 'ticker', instrument: 'BTCUSDT' }],
    speed: SPEED,
    hosts: { wsUrl: door.url, restUrl: 'http://127.0.0.1:1' },
  });
  door.useClock(() => venue.clock.elapsed());
  const beganAt = venue.clock.elapsed();
  venue.start();
  await waitFor(() => venue.clock.elapsed() - beganAt > WINDOW_MS * 1.1, 'five minutes');
  const { times } = door;
  expect(times.length).toBeGreaterThanOrEqual(least);
  for (const from of times) {
    const within = times.filter((time) => time >= from && time < from + WINDOW_MS);
    expect(within.length).toBeLessThanOrEqual(SHARE);
  }
});
