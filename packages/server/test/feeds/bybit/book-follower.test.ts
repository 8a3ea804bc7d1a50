import { describe, expect, test } from 'vitest';
import { BookFollower } from '../../../src/feeds/bybit/book-follower.ts';
import { FakeConnection, RecordingListener } from './recording-listener.ts';

function setUp() {
  const listener = new RecordingListener();
  const follower = new BookFollower('BTCUSDT');
  let connection = new FakeConnection(listener);
  const receive = (isSnapshot: boolean, updateId: number): void => {
    follower.receive({
      type: 'book',
      topic: 'orderbook.50.BTCUSDT',
      isSnapshot,
      bids: [['1', String(updateId)]],
      asks: [],
      updateId,
    });
  };
  const connect = (): void => {
    connection = new FakeConnection(listener);
    follower.begin(connection);
    follower.accepted();
  };
  connect();
  return {
    connect,
    snapshot: (updateId: number) => {
      receive(true, updateId);
    },
    delta: (updateId: number) => {
      receive(false, updateId);
    },
    resyncs: () => connection.resyncs,
    losses: () => connection.losses,
    end: () => {
      follower.end();
    },
    told: () =>
      listener
        .all('orderBook')
        .map(({ isSnapshot, updateId }) => `${isSnapshot ? 'snapshot' : 'delta'} ${updateId}`),
    listener,
  };
}

describe('BookFollower', () => {
  test('tells a snapshot and the changes that follow it one by one', () => {
    const { snapshot, delta, told, resyncs, listener } = setUp();
    snapshot(7);
    delta(8);
    delta(9);
    expect(told()).toEqual(['snapshot 7', 'delta 8', 'delta 9']);
    expect(resyncs()).toBe(0);
    expect(listener.events[1]).toEqual({
      type: 'orderBook',
      instrument: 'BTCUSDT',
      isSnapshot: false,
      bids: [['1', '8']],
      asks: [],
      updateId: 8,
    });
  });

  test.each([
    ['a gap', 9],
    ['a repetition', 7],
    ['a step back', 6],
    ['a service that restarted', 1],
  ])('never shows %s: asks for a snapshot once, and waits for it', (_, updateId) => {
    const { snapshot, delta, told, resyncs } = setUp();
    snapshot(7);
    delta(updateId);
    delta(8);
    delta(updateId + 1);
    expect([told(), resyncs()]).toEqual([['snapshot 7'], 1]);
    snapshot(20);
    delta(21);
    expect(told()).toEqual(['snapshot 7', 'snapshot 20', 'delta 21']);
  });

  test('takes a snapshot that nobody asked for, also with the number one', () => {
    const { snapshot, delta, told, resyncs } = setUp();
    snapshot(7);
    snapshot(7);
    delta(8);
    snapshot(1);
    delta(2);
    expect(told()).toEqual(['snapshot 7', 'snapshot 7', 'delta 8', 'snapshot 1', 'delta 2']);
    expect(resyncs()).toBe(0);
  });

  test('ignores changes before the snapshot, on each connection', () => {
    const { connect, snapshot, delta, told, resyncs } = setUp();
    delta(6);
    snapshot(7);
    connect();
    delta(8);
    expect([told(), resyncs()]).toEqual([['snapshot 7'], 0]);
    snapshot(9);
    expect(told()).toEqual(['snapshot 7', 'snapshot 9']);
  });

  test('asks for a snapshot that does not come, once in a while', () => {
    const { delta, told, resyncs } = setUp();
    const send = (count: number): void => {
      for (let updateId = 1; updateId <= count; updateId += 1) {
        delta(updateId);
      }
    };
    send(99);
    expect(resyncs()).toBe(0);
    send(1);
    expect(resyncs()).toBe(1);
    send(250);
    expect([told(), resyncs()]).toEqual([[], 3]);
  });

  test('takes back what it told once, when the book breaks or the connection ends', () => {
    const { snapshot, delta, end, losses } = setUp();
    end();
    expect(losses()).toBe(0);
    snapshot(7);
    delta(9);
    delta(12);
    expect(losses()).toBe(1);
    snapshot(20);
    end();
    expect(losses()).toBe(2);
  });
});
