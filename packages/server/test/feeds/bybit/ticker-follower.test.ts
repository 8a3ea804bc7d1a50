import { describe, expect, test } from 'vitest';
import type { BybitTickerFrame } from '../../../src/feeds/bybit/messages.ts';
import { TickerFollower } from '../../../src/feeds/bybit/ticker-follower.ts';
import { FakeConnection, RecordingListener } from './recording-listener.ts';

type Fields = BybitTickerFrame['fields'];

function setUp() {
  const listener = new RecordingListener();
  const follower = new TickerFollower('BTCUSDT');
  const receive = (isSnapshot: boolean, fields: Fields, sequence?: number): void => {
    follower.receive({ type: 'ticker', topic: 'tickers.BTCUSDT', isSnapshot, sequence, fields });
  };
  const connect = (): void => {
    follower.begin(new FakeConnection(listener));
    follower.accepted();
  };
  connect();
  return {
    connect,
    snapshot: (fields: Fields, sequence?: number) => {
      receive(true, fields, sequence);
    },
    delta: (fields: Fields, sequence?: number) => {
      receive(false, fields, sequence);
    },
    told: () => listener.all('ticker').map(({ type, instrument, ...fields }) => fields),
    listener,
  };
}

describe('TickerFollower', () => {
  test('merges what changed, field by field', () => {
    const { snapshot, delta, told, listener } = setUp();
    snapshot({ lastPrice: '1.0', highPrice24h: '2', volume24h: '10' }, 5);
    delta({ volume24h: '11' }, 6);
    delta({ lastPrice: '1.1', highPrice24h: '2' }, 6);
    expect(listener.events[0]).toMatchObject({ type: 'ticker', instrument: 'BTCUSDT' });
    expect(told()).toEqual([
      { lastPrice: '1.0', highPrice24h: '2', volume24h: '10' },
      { lastPrice: '1.0', highPrice24h: '2', volume24h: '11' },
      { lastPrice: '1.1', highPrice24h: '2', volume24h: '11' },
    ]);
  });

  test('tells nothing where nothing of ours has changed', () => {
    const { snapshot, delta, told } = setUp();
    snapshot({ lastPrice: '1' }, 5);
    delta({}, 6);
    delta({ lastPrice: '1' }, 7);
    snapshot({ lastPrice: '1' }, 8);
    expect(told()).toHaveLength(1);
  });

  test('leaves out what has no value, and never makes a zero of it', () => {
    const { snapshot, delta, told } = setUp();
    snapshot({ lastPrice: '1', prevPrice24h: '', highPrice24h: '2' }, 5);
    delta({ highPrice24h: '' }, 6);
    expect(told()).toEqual([{ lastPrice: '1', highPrice24h: '2' }, { lastPrice: '1' }]);
  });

  test('waits for a last price', () => {
    const { snapshot, delta, told } = setUp();
    snapshot({ volume24h: '3' }, 5);
    delta({ lastPrice: '' }, 6);
    expect(told()).toEqual([]);
    delta({ lastPrice: '7' }, 7);
    expect(told()).toEqual([{ lastPrice: '7', volume24h: '3' }]);
  });

  test('drops a change that is older than what is known, and takes one of the same age', () => {
    const { snapshot, delta, told } = setUp();
    snapshot({ lastPrice: '1' }, 5);
    delta({ lastPrice: '0' }, 4);
    delta({ lastPrice: '2' }, 5);
    delta({ lastPrice: '3' });
    delta({ lastPrice: '0' }, 4);
    expect(told().map(({ lastPrice }) => lastPrice)).toEqual(['1', '2', '3']);
  });

  test('begins anew with a snapshot, whatever its number', () => {
    const { snapshot, delta, told } = setUp();
    snapshot({ lastPrice: '1', highPrice24h: '2' }, 500);
    snapshot({ lastPrice: '3' }, 4);
    delta({ lowPrice24h: '1' }, 5);
    expect(told().slice(1)).toEqual([{ lastPrice: '3' }, { lastPrice: '3', lowPrice24h: '1' }]);
  });

  test('ignores changes before the snapshot, on each connection', () => {
    const { connect, snapshot, delta, told } = setUp();
    delta({ lastPrice: '1' }, 1);
    snapshot({ lastPrice: '2', highPrice24h: '9' }, 500);
    connect();
    delta({ lastPrice: '3' }, 501);
    expect(told()).toHaveLength(1);
    snapshot({ lastPrice: '4' }, 3);
    delta({ lastPrice: '5' }, 4);
    expect(told().slice(1)).toEqual([{ lastPrice: '4' }, { lastPrice: '5' }]);
  });

  test('tells over a new connection what was taken back with the old one', () => {
    const { connect, snapshot, told } = setUp();
    snapshot({ lastPrice: '1' }, 5);
    connect();
    snapshot({ lastPrice: '1' }, 6);
    expect(told()).toHaveLength(2);
  });
});
