import type { Trade } from '@tickwire/protocol';
import { describe, expect, test } from 'vitest';
import { FeedError } from '../../../src/domain/errors.ts';
import { TradeFollower } from '../../../src/feeds/bybit/trade-follower.ts';
import { FakeConnection, RecordingListener } from './recording-listener.ts';

const tradeOf = (number: number, time = number): Trade => ({
  time,
  side: 'Buy',
  price: '1',
  size: '1',
  id: String(number),
});

const trades = (from: number, to: number): Trade[] =>
  Array.from({ length: to - from + 1 }, (_, index) => tradeOf(from + index));

interface Question {
  readonly resolve: (trades: readonly Trade[]) => void;
  readonly reject: (error: unknown) => void;
}

function setUp() {
  const listener = new RecordingListener();
  const questions: Question[] = [];
  const rest = {
    recentTrades: async (): Promise<readonly Trade[]> =>
      new Promise((resolve, reject) => {
        questions.push({ resolve, reject });
      }),
  };
  const follower = new TradeFollower({ instrument: 'BTCUSDT', symbol: 'BTCUSDT', rest });
  const connect = (): FakeConnection => {
    const connection = new FakeConnection(listener);
    follower.begin(connection);
    follower.accepted();
    return connection;
  };
  const settle = async (): Promise<void> =>
    new Promise((resolve) => {
      setImmediate(resolve);
    });
  return {
    connection: connect(),
    connect,
    follower,
    questions,
    listener,
    push: (...pushed: Trade[]) => {
      follower.receive({ type: 'trades', topic: 'publicTrade.BTCUSDT', trades: pushed });
    },
    answer: async (answered: readonly Trade[]) => {
      questions.shift()?.resolve(answered);
      await settle();
    },
    fail: async () => {
      questions.shift()?.reject(new FeedError('FEED_UNAVAILABLE', 'Bybit answered 503'));
      await settle();
    },
    told: () =>
      listener.all('trades').flatMap(({ trades: each }) => each.map(({ id }) => Number(id))),
  };
}

describe('TradeFollower', () => {
  test('tells trades as they come, several to a message, and asks for none', () => {
    const { push, told, listener, questions } = setUp();
    push(...trades(1, 3));
    push(tradeOf(4));
    expect(told()).toEqual([1, 2, 3, 4]);
    expect(listener.events).toMatchObject([
      { type: 'trades', instrument: 'BTCUSDT', trades: trades(1, 3) },
      { trades: [tradeOf(4)] },
    ]);
    expect(questions).toEqual([]);
  });

  test('tells each trade once, and no message that has none', () => {
    const { push, told, listener } = setUp();
    push(tradeOf(1), tradeOf(2));
    push(tradeOf(2), tradeOf(1));
    push();
    push(tradeOf(2), tradeOf(3), tradeOf(3));
    expect(told()).toEqual([1, 2, 3]);
    expect(listener.events).toHaveLength(2);
  });

  test('fills in what a connection missed, before what comes meanwhile', async () => {
    const { connect, push, answer, told } = setUp();
    push(...trades(1, 5));
    connect();
    push(tradeOf(9));
    push(tradeOf(10));
    expect(told()).toEqual([1, 2, 3, 4, 5]);
    await answer(trades(1, 9));
    push(tradeOf(11));
    expect(told()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  test('knows trades of one moment apart, and takes none that is older', async () => {
    const { connect, push, answer, told } = setUp();
    push(tradeOf(1, 10), tradeOf(2, 20));
    connect();
    await answer([tradeOf(0, 5), tradeOf(2, 20), tradeOf(3, 20), tradeOf(4, 21)]);
    expect(told()).toEqual([1, 2, 3, 4]);
  });

  test('goes on with what has come if the venue cannot be asked', async () => {
    const { connect, push, fail, told } = setUp();
    push(tradeOf(1));
    connect();
    push(tradeOf(5));
    await fail();
    push(tradeOf(6));
    expect(told()).toEqual([1, 5, 6]);
  });

  test('asks for nothing before the first trade of all', () => {
    const { connect, push, questions, told } = setUp();
    connect();
    push(tradeOf(1));
    expect([questions.length, told()]).toEqual([0, [1]]);
  });

  test('leaves it to the next connection if it ends while the venue is asked', async () => {
    const { connect, push, answer, told } = setUp();
    push(tradeOf(1));
    const second = connect();
    push(tradeOf(4));
    second.end();
    connect();
    push(tradeOf(6));
    await answer(trades(1, 3));
    expect(told()).toEqual([1]);
    await answer(trades(1, 5));
    expect(told()).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('asks from the newest trade, also after one that came late', async () => {
    const { connect, push, answer, told } = setUp();
    push(tradeOf(1, 100), tradeOf(2, 90));
    connect();
    await answer([tradeOf(8, 95), tradeOf(9, 101)]);
    expect(told()).toEqual([1, 2, 9]);
  });

  test('remembers more than the longest messages hold, and not without end', () => {
    const { push, told } = setUp();
    push(...trades(1, 4_096));
    push(tradeOf(1), tradeOf(4_096));
    expect(told()).toHaveLength(4_096);
    push(tradeOf(4_097));
    push(tradeOf(1));
    expect(told().slice(4_096)).toEqual([4_097, 1]);
  });

  test('keeps the newest ten thousand that wait', async () => {
    const { connect, push, answer, told } = setUp();
    push(tradeOf(1));
    connect();
    for (let from = 100; from < 12_100; from += 1_000) {
      push(...trades(from, from + 999));
    }
    await answer([]);
    expect(told()).toHaveLength(10_001);
    expect(told().slice(1, 3)).toEqual([2_100, 2_101]);
    expect(told().at(-1)).toBe(12_099);
  });
});
