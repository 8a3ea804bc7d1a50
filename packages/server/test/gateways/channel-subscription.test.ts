import { expect, test } from 'vitest';
import { ChannelSubscription, USUAL_TERMS } from '../../src/gateways/channel-subscription.ts';
import type { Envelope } from '../../src/ports/bus.ts';
import { quoteOf } from '../support/live-events.ts';

const ROOM = 10_000;
const event = quoteOf('EUR_USD');

function envelopeOf(seq: number): Envelope {
  return { channel: 'price:EUR_USD', epoch: 'e', seq, at: 0, event };
}

/** A subscription that nothing has been decided about, and what it has sent. */
function createSubscription() {
  const sent: number[] = [];
  const counts = { overflows: 0, releases: 0 };
  const channel = { kind: 'price', instrument: 'EUR_USD' } as const;
  const lease = {
    channel,
    release: () => {
      counts.releases += 1;
    },
  };
  const owner = {
    deliver: (_: unknown, __: unknown, seq: number) => sent.push(seq),
    overflow: () => {
      counts.overflows += 1;
    },
  };
  const subscription = new ChannelSubscription({ channel, terms: USUAL_TERMS }, lease, owner);
  const receive = (from: number, to: number): void => {
    for (let seq = from; seq <= to; seq += 1) {
      subscription.receive(envelopeOf(seq), seq);
    }
  };
  return { subscription, sent, counts, receive };
}

test('recovers from what was kept and what came meanwhile, each once', () => {
  const { subscription, sent, receive } = createSubscription();
  receive(4, 6);
  expect(subscription.recover(2, [envelopeOf(3), envelopeOf(4), envelopeOf(5)], 6)).toBe(true);
  receive(7, 7);
  subscription.sendSome(2);
  expect(sent).toEqual([3, 4]);
  subscription.sendSome(10);
  subscription.goLive();
  receive(8, 8);
  expect(sent).toEqual([3, 4, 5, 6, 7, 8]);
});

test.each([
  ['before what came', [3], [5, 6], 6],
  ['in what was kept', [3, 5], [6], 6],
  ['at the end', [3, 4], [5], 6],
  ['at the beginning', [4, 5], [6], 6],
])('recovers nothing where there is a hole %s', (_, kept, meanwhile, head) => {
  const { subscription, receive } = createSubscription();
  receive(Math.min(...meanwhile), Math.max(...meanwhile));
  expect(subscription.recover(2, kept.map(envelopeOf), head)).toBe(false);
});

test('keeps no more than there is room for, which leaves a hole', () => {
  const { subscription, counts, receive } = createSubscription();
  receive(1, ROOM + 2);
  expect(counts.overflows).toBe(0);
  expect(subscription.recover(0, [], ROOM + 2)).toBe(false);
  subscription.beginFromState(ROOM + 2);
  expect(subscription.next).toBeUndefined();
});

test('says when more came than there is room for while the client takes nothing', () => {
  const { subscription, counts, receive } = createSubscription();
  expect(subscription.recover(0, [1, 2, 3].map(envelopeOf), 3)).toBe(true);
  receive(4, ROOM + 3);
  expect(counts.overflows).toBe(0);
  receive(ROOM + 4, ROOM + 4);
  expect(counts.overflows).toBe(1);
});

test('has passed what does not wait, where something older does as well', () => {
  const { subscription, receive } = createSubscription();
  const isPassed = (seq: number): boolean => subscription.hasPassed(envelopeOf(seq));
  expect(isPassed(2)).toBe(false);
  expect(subscription.recover(1, [2, 3, 4, 5, 6].map(envelopeOf), 6)).toBe(true);
  subscription.keep(({ seq }) => seq !== 4 && seq !== 5);
  receive(7, 7);
  subscription.sendSome(1);
  expect([1, 2, 3, 4, 5, 6, 7].filter(isPassed)).toEqual([2, 4, 5]);
});

test('sends nothing once it has ended, and gives the channel back once', () => {
  const { subscription, sent, counts, receive } = createSubscription();
  subscription.beginFromState(0);
  subscription.goLive();
  subscription.end();
  subscription.end();
  receive(1, 2);
  subscription.sendSome(2);
  expect(sent).toEqual([]);
  expect(counts.releases).toBe(1);
});
