import { expect, test } from 'vitest';
import type { ChannelMessage } from '../../src/gateways/channel-message.ts';
import { RateLimit } from '../../src/gateways/rate-limit.ts';
import { candleOf, quoteOf } from '../support/live-events.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { messageOf } from '../support/outbox.ts';

/** A limit of two a second, what it has sent and when, and a connection that may not read. */
function createLimit() {
  const clock = new ManualClock(0);
  const sent: (readonly [at: number, seq: number, count: number])[] = [];
  const waiting: (() => void)[] = [];
  const connection = { isReading: true };
  let conflated = 0;
  const limit = new RateLimit({
    intervalMs: 500,
    clock,
    post: ({ seq, count }: ChannelMessage, onSent) => {
      const send = (): void => {
        sent.push([clock.elapsed(), seq, count]);
        onSent?.();
      };
      if (connection.isReading) {
        send();
      } else {
        waiting.push(send);
      }
    },
    onConflated: () => (conflated += 1),
  });
  const read = (): void => {
    connection.isReading = true;
    waiting.splice(0).forEach((send) => {
      send();
    });
  };
  return { clock, limit, sent, connection, read, conflated: () => conflated };
}

const quote = (seq: number) => messageOf(quoteOf('EUR_USD', String(seq)), seq);

test('sends the first at once, and then the newest when its time has come', async () => {
  const { clock, limit, sent, conflated } = createLimit();
  for (let seq = 1; seq <= 12; seq += 1) {
    limit.take(quote(seq));
    await clock.advance(100);
  }
  await clock.advance(1_000);
  expect(sent).toEqual([
    [0, 1, 1],
    [500, 5, 4],
    [1_000, 10, 5],
    [1_500, 12, 2],
  ]);
  expect(conflated()).toBe(8);
});

test('time begins when a message is sent, not when it has to wait for the client', async () => {
  const { clock, limit, sent, connection, read } = createLimit();
  connection.isReading = false;
  limit.take(quote(1));
  await clock.advance(2_000);
  read();
  limit.take(quote(2));
  await clock.advance(499);
  expect(sent).toEqual([[2_000, 1, 1]]);
  await clock.advance(1);
  expect(sent.at(-1)).toEqual([2_500, 2, 1]);
});

test('what may not be left out passes at once, behind what is held', () => {
  const { limit, sent } = createLimit();
  limit.take(messageOf(candleOf(0), 1));
  limit.take(messageOf(candleOf(0), 2));
  limit.take(messageOf(candleOf(0), 3));
  limit.take(messageOf(candleOf(0, { isConfirmed: true }), 4));
  expect(sent.map(([, seq, count]) => [seq, count])).toEqual([
    [1, 1],
    [3, 2],
    [4, 1],
  ]);
});

test('sends nothing any more once it is closed', async () => {
  const { clock, limit, sent } = createLimit();
  limit.take(quote(1));
  limit.take(quote(2));
  limit.close();
  await clock.advance(1_000);
  expect(sent).toHaveLength(1);
  expect(clock.waiting).toBe(0);
});
