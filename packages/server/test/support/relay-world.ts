import type { Candle, MarketEvent } from '@tickwire/protocol';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { EventMessages } from '../../src/gateways/event-messages.ts';
import { LiveContents } from '../../src/gateways/live-contents.ts';
import type { Envelope } from '../../src/ports/bus.ts';
import { type OpenConnection, connect } from '../../src/redis/connection.ts';
import { LastValues } from '../../src/tape/last-values.ts';
import { eventually } from './bus-events.ts';
import { addressOf } from './redis-address.ts';
import { type TestRedis, startRedis } from './redis.ts';
import { type RelayProcess, type RelayProcessOptions, startRelayProcess } from './relay-process.ts';

export const messages = new EventMessages(() => Date.UTC(2026, 0, 5, 12), 'iso');
export const live = new LiveContents(new LastValues(() => 0), messages);

/** Processes that relay, and another program, on a Redis of the tests around this call. */
export interface RelayWorld {
  readonly redis: () => TestRedis;
  /** The other program's connection. */
  readonly outsider: () => OpenConnection;
  /** Publishes as another program: a text, or what is to be JSON. */
  readonly publish: (channel: string, message: unknown) => Promise<void>;
  /** A process with keys that no other test has. */
  readonly open: (options?: Partial<RelayProcessOptions>) => Promise<RelayProcess>;
  /** Two of them, of which the first relays. */
  readonly openTwo: (options?: Partial<RelayProcessOptions>) => Promise<{
    readonly holder: RelayProcess;
    readonly other: RelayProcess;
  }>;
}

/** Prepares a Redis for the tests of the suite that calls this. */
export function useRelayWorld(): RelayWorld {
  let redis: TestRedis;
  let outsider: OpenConnection;
  let tests = 0;
  beforeAll(async () => {
    redis = await startRedis();
    outsider = await connect(addressOf(redis));
  });
  afterAll(async () => {
    outsider.end();
    await redis.close();
  });
  beforeEach(() => {
    tests += 1;
  });
  const open: RelayWorld['open'] = (options = {}) =>
    startRelayProcess({ port: redis.port, prefix: `relay ${tests}:`, ...options });
  return {
    redis: () => redis,
    outsider: () => outsider,
    publish: async (channel, message) => {
      const text = typeof message === 'string' ? message : JSON.stringify(message);
      await outsider.command('PUBLISH', channel, text);
    },
    open,
    openTwo: async (options) => {
      const holder = await open(options);
      await eventually(() => holder.relay.isRelaying).toBe(true);
      return { holder, other: await open() };
    },
  };
}

/** A candle as another program publishes it. */
export function updateOf(candle: Candle): unknown {
  return live.update(candle);
}

/** What was told, without its numbers. */
export function eventsOf(told: readonly Envelope[]): readonly MarketEvent[] {
  return told.map(({ event }) => event);
}
