import { type Channel, formatChannel } from '@tickwire/protocol';
import { describe, expect, test } from 'vitest';
import { ChannelError } from '../../src/domain/errors.ts';
import { ChannelLeases } from '../../src/feeds/channel-leases.ts';
import { ManualClock } from '../support/manual-clock.ts';

const ticker = (instrument: string): Channel => ({ kind: 'ticker', instrument });

function setUp(limit = 2) {
  const clock = new ManualClock();
  const calls: string[] = [];
  const leases = new ChannelLeases<Channel>({
    follow: (channel) => calls.push(`follow ${formatChannel(channel)}`),
    unfollow: (channel) => calls.push(`unfollow ${formatChannel(channel)}`),
    limit,
    clock,
  });
  return { clock, calls, leases };
}

describe('ChannelLeases', () => {
  test('follows a channel once, for all that hold on to it', () => {
    const { leases, calls } = setUp();
    leases.lease(ticker('A'));
    leases.lease(ticker('A'));
    expect(calls).toEqual(['follow ticker:A']);
    expect(leases.followed).toEqual(['ticker:A']);
    expect([leases.has(ticker('A')), leases.has(ticker('B'))]).toEqual([true, false]);
  });

  test('lets go a minute after the last has gone', async () => {
    const { leases, calls, clock } = setUp();
    const [first, second] = [leases.lease(ticker('A')), leases.lease(ticker('A'))];
    first.release();
    await clock.advance(120_000);
    second.release();
    await clock.advance(59_999);
    expect(calls).toEqual(['follow ticker:A']);
    await clock.advance(1);
    expect(calls).toEqual(['follow ticker:A', 'unfollow ticker:A']);
    expect([leases.followed, clock.waiting]).toEqual([[], 0]);
  });

  test('stays with a channel to which somebody comes back in time', async () => {
    const { leases, calls, clock } = setUp();
    leases.lease(ticker('A')).release();
    await clock.advance(59_000);
    leases.lease(ticker('A'));
    await clock.advance(600_000);
    expect(calls).toEqual(['follow ticker:A']);
  });

  test('takes a place back only once', async () => {
    const { leases, calls, clock } = setUp();
    const first = leases.lease(ticker('A'));
    leases.lease(ticker('A'));
    first.release();
    first.release();
    await clock.advance(600_000);
    expect(calls).toEqual(['follow ticker:A']);
  });

  test('a place of before does not count for a channel that began anew', async () => {
    const { leases, calls, clock } = setUp();
    const before = leases.lease(ticker('A'));
    before.release();
    await clock.advance(60_000);
    leases.lease(ticker('A'));
    before.release();
    await clock.advance(600_000);
    expect(calls).toEqual(['follow ticker:A', 'unfollow ticker:A', 'follow ticker:A']);
  });

  test('follows for good what it is told to keep, beside the limit', async () => {
    const { leases, calls, clock } = setUp(1);
    leases.keep(ticker('A'));
    leases.lease(ticker('A')).release();
    leases.lease(ticker('B'));
    await clock.advance(600_000);
    expect(calls).toEqual(['follow ticker:A', 'follow ticker:B']);
    expect(leases.followed).toEqual(['ticker:A', 'ticker:B']);
  });

  test('refuses one too many, and follows nothing for it', () => {
    const { leases, calls } = setUp(2);
    leases.lease(ticker('A'));
    leases.lease(ticker('B'));
    expect(() => leases.lease(ticker('C'))).toThrow(
      new ChannelError('RATE_LIMITED', 'At most 2 channels are followed on demand'),
    );
    leases.lease(ticker('A'));
    expect(calls).toEqual(['follow ticker:A', 'follow ticker:B']);
  });

  test('lets go before its time of what nobody holds, where the place is needed, but not at once', async () => {
    const { leases, calls, clock } = setUp(2);
    leases.lease(ticker('A'));
    leases.lease(ticker('B')).release();
    await clock.advance(9_999);
    expect(() => leases.lease(ticker('C'))).toThrow(ChannelError);
    await clock.advance(1);
    leases.lease(ticker('C'));
    await clock.advance(600_000);
    expect(calls).toEqual([
      'follow ticker:A',
      'follow ticker:B',
      'unfollow ticker:B',
      'follow ticker:C',
    ]);
    expect(clock.waiting).toBe(0);
  });
});
