import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/app/clock.ts';
import type { JobRun } from '../../src/ports/job.ts';
import { createStores } from '../../src/storage/index.ts';
import { describeCluster } from '../support/cluster.ts';
import { keepHours } from '../support/kept-hours.ts';
import { postgresSettings } from '../support/postgres-settings.ts';
import { runProgram } from '../support/program.ts';
import { createRecordingLogger } from '../support/recording-logger.ts';
import { startRedisForTest } from '../support/redis.ts';
import { RecordingClient } from '../support/socket-io-client.ts';
import { createDirectoryForTest } from '../support/temporary-directory.ts';
import { startServerForTest } from '../support/test-server.ts';
import { waitFor } from '../support/wait-for.ts';

const DAY_MS = 86_400_000;
const HOURS = 25 * 24;
/** Longer than the market is ever closed at a weekend: some of these hours are waited for. */
const MISSING_HOURS = 100;
const PAIRS = ['EUR_USD', 'GBP_USD', 'USD_JPY'];
const TIMEOUT_MS = 120_000;

describeCluster('two processes with jobs on one PostgreSQL and one Redis', (createDatabase) => {
  test(
    'make up what one of them was killed in the middle of, once',
    async ({ skip }) => {
      skip(DAY_MS - (Date.now() % DAY_MS) < TIMEOUT_MS, 'a day is about to begin, with a job');
      const redis = await startRedisForTest();
      const address = await createDatabase();
      const database = { type: 'postgres', address } as const;
      await keepHours(database, 'EUR_USD', { first: HOURS });
      await keepHours(database, 'USD_JPY', { first: HOURS });
      await keepHours(database, 'GBP_USD', { first: HOURS, end: MISSING_HOURS });
      const env = {
        ...postgresSettings(address),
        REDIS_URL: redis.url,
        FEEDS: 'oanda',
        TRACKED_PAIRS: PAIRS.join(),
        BACKFILL_DAYS: '20',
        HOURLY_JOB_ENABLED: 'false',
        RATE_LIMIT_REQUESTS: '0',
      };
      const gateway = await startServerForTest({
        ...env,
        ROLES: 'gateway,api',
        DATA_DIR: '/nowhere',
      });
      const client = new RecordingClient(gateway.url, { reconnection: false });
      onTestFinished(() => {
        client.close();
      });
      await client.request('subscribe', { pairs: '*' }, 'subscription_confirmed');
      const logger = createRecordingLogger();
      const { store, jobLog } = createStores({ database, clock: systemClock, logger });
      onTestFinished(() => store.close());
      await store.start();
      const daily = async (): Promise<JobRun | undefined> =>
        (await jobLog.newest()).find(({ job }) => job === 'daily');
      const startProcess = async () => {
        const folder = await createDirectoryForTest();
        const ports = { API_PORT: 'off', WEBSOCKET_PORT: '0', LIVE_PORT: 'off' };
        return runProgram(folder, ['serve', '--roles', 'jobs'], { ...env, ...ports });
      };

      const killed = await startProcess();
      await waitFor(
        async () => {
          expect(killed.child.exitCode, killed.errors()).toBe(null);
          return (await daily())?.status === 'running';
        },
        'the first process to wait for candles',
        TIMEOUT_MS,
      );
      const other = await startProcess();
      await waitFor(
        () => other.output().includes('Tickwire is ready'),
        'the other process',
        TIMEOUT_MS,
      );
      killed.child.kill('SIGKILL');
      expect(await killed.exited).toBe(null);
      await keepHours(database, 'GBP_USD', { first: MISSING_HOURS });
      expect(client.all('correlation_update')).toEqual([]);
      expect(await daily()).toMatchObject({ status: 'running', attempt: 1 });

      const run = await waitFor(
        async () => {
          const newest = await daily();
          return newest?.status === 'success' && newest;
        },
        'the run to be made up',
        TIMEOUT_MS,
      );
      const fireTime = Math.floor(Date.now() / DAY_MS) * DAY_MS;
      expect(run).toMatchObject({ fireTime, attempt: 2, records: PAIRS.length });
      expect(run.error).toBeUndefined();
      other.child.kill('SIGTERM');
      expect(await other.exited).toBe(0);
      const told = await waitFor(() => {
        const ready = client.all('data_ready').filter(isOfCorrelations);
        return ready.length > 0 && ready;
      }, 'clients to be told');
      expect(told).toMatchObject([{ count: PAIRS.length }]);
      expect(client.all('correlation_update')).toHaveLength(PAIRS.length);
      const response = await fetch(`${gateway.url}/api/v1/correlation/matrix`);
      expect(await response.json()).toMatchObject({ pair_count: PAIRS.length });
    },
    TIMEOUT_MS,
  );
});

function isOfCorrelations(payload: unknown): boolean {
  return (payload as { readonly data_type?: unknown }).data_type === 'correlations';
}
