import type { MarketEvent } from '@tickwire/protocol';
import { onTestFinished } from 'vitest';
import { systemClock } from '../../src/app/clock.ts';
import type { Announcement } from '../../src/bus/redis/operation.ts';
import { RedisBus } from '../../src/bus/redis/redis-bus.ts';
import { Relay } from '../../src/bus/redis/relay.ts';
import type { Envelope } from '../../src/ports/bus.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { RedisLink } from '../../src/redis/link.ts';
import { LastValues } from '../../src/tape/last-values.ts';
import { RelayIntake } from '../../src/tape/relay-intake.ts';
import { type RelayParser, createRelayParser } from '../../src/tape/relay.ts';
import { record } from './bus-events.ts';
import { type LoggedLine, createRecordingLogger } from './recording-logger.ts';
import { addressOf } from './redis-address.ts';

export interface RelayProcessOptions {
  readonly port: number;
  readonly prefix: string;
  readonly clock?: Clock;
  readonly announce?: (event: MarketEvent) => Announcement | undefined;
  readonly parse?: RelayParser;
}

/** What is relayed unless a test says otherwise. */
const parseKnown = createRelayParser({
  trackedPairs: ['EUR_USD', 'USD_JPY'],
  isCrypto: (instrument) => instrument === 'BTCUSDT',
  now: () => systemClock.now(),
});

/** What a process that relays has, and what its bus has brought. */
export interface RelayProcess {
  readonly bus: RedisBus;
  readonly relay: Relay;
  readonly lastValues: LastValues;
  readonly told: readonly Envelope[];
  readonly lines: readonly LoggedLine[];
  /** Its connections end, and it gives nothing back. */
  kill(): Promise<void>;
}

/** Starts one, wired as the program does; it is gone when the current test has finished. */
export async function startRelayProcess(options: RelayProcessOptions): Promise<RelayProcess> {
  const { port, prefix, clock = systemClock, parse = parseKnown } = options;
  const logger = createRecordingLogger();
  const bus: RedisBus = new RedisBus({
    prefix,
    size: 10_000,
    maxAgeMs: 600_000,
    announce: options.announce ?? (() => undefined),
    onAsked: (channel) => {
      relay.tellStart(channel);
    },
    trouble: () => link.trouble,
    onError: (error) => {
      throw error;
    },
    clock,
    logger,
  });
  const lastValues = new LastValues(() => clock.elapsed());
  lastValues.follow(bus);
  const relay = new Relay({
    prefix,
    bus,
    parse,
    createTaker: (relayBus) =>
      new RelayIntake({ bus: relayBus, lastValues, isFollowed: () => false, clock, logger }),
    clock,
    logger,
  });
  const link: RedisLink = new RedisLink({
    address: addressOf({ port }),
    users: [bus, relay],
    clock,
    logger,
  });
  const told = record(bus);
  onTestFinished(async () => {
    await relay.close();
    await bus.close();
    await link.close();
  });
  await link.start();
  return { bus, relay, lastValues, told, lines: logger.lines, kill: () => link.close() };
}
