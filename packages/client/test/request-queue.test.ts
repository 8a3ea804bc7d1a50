import type { StreamRequest } from '@tickwire/protocol';
import { describe, expect, test } from 'vitest';
import { ManualClock } from '../../server/test/support/manual-clock.ts';
import { Follower } from '../src/follower.ts';
import { HandedAlerts } from '../src/handed-alerts.ts';
import { RequestQueue } from '../src/request-queue.ts';

function createQueue() {
  const clock = new ManualClock();
  const sent: StreamRequest[] = [];
  const queue = new RequestQueue(clock, (request) => {
    sent.push(request);
  });
  const follower = new Follower({
    channel: { kind: 'price', instrument: 'EUR_USD' },
    options: {},
    handedAlerts: new HandedAlerts(),
    now: () => clock.now(),
    ask: () => undefined,
    leave: () => undefined,
  });
  queue.open();
  return { clock, sent, queue, follower };
}

describe('RequestQueue', () => {
  test('asks once for what is to be asked for later, and then is at once', async () => {
    const { clock, sent, queue, follower } = createQueue();
    queue.askLater(follower, 1_000);
    queue.ask(follower);
    await clock.advance(2_000);
    expect(sent).toMatchObject([{ op: 'subscribe', channels: { 'price:EUR_USD': {} } }]);
  });

  test('never asks again for what was left, however often it was to be asked for later', async () => {
    const { clock, sent, queue, follower } = createQueue();
    queue.askLater(follower, 1_000);
    queue.askLater(follower, 1_000);
    queue.leave(follower);
    await clock.advance(2_000);
    expect(sent).toMatchObject([{ op: 'unsubscribe', channels: ['price:EUR_USD'] }]);
  });
});
