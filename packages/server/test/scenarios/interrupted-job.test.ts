import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/app/clock.ts';
import type { DatabaseConfig } from '../../src/storage/client.ts';
import { createStores } from '../../src/storage/index.ts';
import { keepHours } from '../support/kept-hours.ts';
import { createRecordingLogger } from '../support/recording-logger.ts';
import { createDirectoryForTest } from '../support/temporary-directory.ts';
import { startServerForTest } from '../support/test-server.ts';
import { waitFor } from '../support/wait-for.ts';

const SECOND_MS = 1_000;
const LEASE_MS = 45 * SECOND_MS;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const PAIRS = ['EUR_USD', 'GBP_USD'];
const TIMEOUT_MS = 60_000;

test(
  'a server that was killed in the middle of its jobs does them at once, for the database is its own',
  async () => {
    const directory = join(await createDirectoryForTest(), 'data');
    const database = { type: 'embedded', directory } as const;
    for (const instrument of PAIRS) {
      await keepHours(database, instrument, { first: 25 * 24 });
    }
    await leaveUndone(database);
    const { url } = await startServerForTest({
      DATA_DIR: directory,
      FEEDS: 'none',
      TRACKED_PAIRS: PAIRS.join(),
      RATE_LIMIT_REQUESTS: '0',
    });
    for (const path of ['metrics/volatility', 'correlation/matrix']) {
      const answer = await waitFor(async () => {
        const response = await fetch(`${url}/api/v1/${path}`);
        return response.ok && (await response.text());
      }, path);
      expect(answer).toContain(`"pair_count":${PAIRS.length},`);
    }
  },
  TIMEOUT_MS,
);

/** Runs as a kill leaves them, with a lease longer than the test waits. */
async function leaveUndone(database: DatabaseConfig): Promise<void> {
  const logger = createRecordingLogger();
  const { store, jobLog } = createStores({ database, clock: systemClock, logger });
  await store.start();
  const now = Date.now() - SECOND_MS;
  for (const [job, every] of [
    ['hourly', HOUR_MS],
    ['daily', DAY_MS],
  ] as const) {
    const fireTime = Math.floor(now / every) * every;
    const lease = { now, leaseUntil: now + LEASE_MS, maxAttempts: 5 };
    await jobLog.claim({ job, fireTime, owner: 'a process that is gone', ...lease });
  }
  await store.close();
}
