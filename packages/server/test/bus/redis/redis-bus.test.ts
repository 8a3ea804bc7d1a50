import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { systemClock } from '../../../src/app/clock.ts';
import { RedisBus } from '../../../src/bus/redis/redis-bus.ts';
import type { Bus } from '../../../src/ports/bus.ts';
import { RedisLink } from '../../../src/redis/link.ts';
import { testBus } from '../../contracts/bus.contract.ts';
import { testSharedBus } from '../../contracts/shared-bus.contract.ts';
import { createRecordingLogger } from '../../support/recording-logger.ts';
import { type TestRedis, describeWithRedis, startRedis } from '../../support/redis.ts';

const SIZE = 1_000;

describeWithRedis('on a Redis', () => {
  let redis: TestRedis;
  let worlds = 0;

  beforeAll(async () => {
    redis = await startRedis();
  });

  afterAll(async () => {
    await redis.close();
  });

  /** A process with keys that no other test has. */
  const open = async () => {
    worlds += 1;
    const prefix = `test ${worlds}:`;
    const errors: Error[] = [];
    const another = async (prepare?: (bus: Bus) => void): Promise<Bus> => {
      const logger = createRecordingLogger();
      const bus: RedisBus = new RedisBus({
        prefix,
        size: SIZE,
        maxAgeMs: 600_000,
        announce: () => undefined,
        onAsked: () => undefined,
        trouble: () => link.trouble,
        onError: (error) => errors.push(error),
        clock: systemClock,
        logger,
      });
      const address = { name: redis.url, host: '127.0.0.1', port: redis.port, database: 0 };
      const link: RedisLink = new RedisLink({
        address: { ...address, isEncrypted: false },
        users: [bus],
        clock: systemClock,
        logger,
      });
      prepare?.(bus);
      onTestFinished(async () => {
        await bus.close();
        await link.close();
      });
      await link.start();
      await bus.start();
      return bus;
    };
    return { bus: await another(), size: SIZE, errors, another };
  };

  testBus('Redis', open);
  testSharedBus('Redis', open);
});
