import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { MarketEvent } from '@tickwire/protocol';
import { createMemoryBus } from '../bus/memory.ts';
import { MemoryLog } from '../bus/memory-log.ts';
import type { Announcement } from '../bus/redis/operation.ts';
import { RedisBus } from '../bus/redis/redis-bus.ts';
import type { Bus } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { RedisUser } from '../ports/redis.ts';
import { RedisLink } from '../redis/link.ts';
import type { LastValues } from '../tape/last-values.ts';
import type { Config } from './config.ts';
import type { Part } from './lifecycle.ts';
import { redisPrefix } from './redis-config.ts';
import { tapeFilePart, unfollowedPart } from './tape-file.ts';

export interface ComposedBus {
  readonly bus: Bus;
  /** Undefined where there is one process alone. */
  readonly redis: RedisBus | undefined;
  /** In the order in which they start, before anything is published. */
  readonly parts: (users: readonly RedisUser[]) => readonly Part[];
  /** Once it was taken back what the store has. */
  readonly recalledParts: (lastValues: LastValues) => readonly Part[];
}

export interface BusOptions {
  readonly config: Pick<Config, 'redis' | 'channelLog' | 'history'>;
  /** What other programs are told of an event. */
  readonly announce: (event: MarketEvent) => Announcement | undefined;
  /** Another process asks what a channel starts from. */
  readonly onAsked: (channel: string) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Makes the tape: in this process, or in Redis where one is set. */
export function composeBus(options: BusOptions): ComposedBus {
  const { config, clock, logger } = options;
  const onError = (error: Error): void => {
    logger.error({ err: error }, 'A reader of the bus failed');
  };
  if (config.redis === undefined) {
    const log = new MemoryLog({
      epoch: randomUUID(),
      ...config.channelLog,
      now: () => clock.now(),
    });
    const bus = createMemoryBus({ log, onError });
    const { history } = config;
    const path = history && join(history.directory, 'tape.json');
    return {
      bus,
      redis: undefined,
      parts: () => [
        ...(path === undefined ? [] : [tapeFilePart({ path, log, logger })]),
        busPart(bus),
      ],
      recalledParts: (lastValues) => [unfollowedPart(log, lastValues)],
    };
  }
  const address = config.redis;
  let link: RedisLink | undefined;
  const bus = new RedisBus({
    prefix: redisPrefix(address),
    ...config.channelLog,
    announce: options.announce,
    onAsked: options.onAsked,
    trouble: () => link?.trouble,
    onError,
    clock,
    logger,
  });
  return {
    bus,
    redis: bus,
    parts: (users) => {
      const own = new RedisLink({ address, users: [bus, ...users], clock, logger });
      link = own;
      return [{ name: 'Redis', start: () => own.start(), close: () => own.close() }, busPart(bus)];
    },
    recalledParts: () => [],
  };
}

function busPart(bus: Bus): Part {
  return { name: 'bus', start: () => bus.start(), close: () => bus.close() };
}
