import { expect, onTestFinished, test } from 'vitest';
import type { Environment } from '../../src/app/variables.ts';
import { describeCluster } from '../support/cluster.ts';
import { keepHours } from '../support/kept-hours.ts';
import { postgresSettings } from '../support/postgres-settings.ts';
import { startRedisForTest } from '../support/redis.ts';
import { RecordingClient } from '../support/socket-io-client.ts';
import { startServerForTest } from '../support/test-server.ts';
import { waitFor } from '../support/wait-for.ts';

const HOURS = 25 * 24;
const PAIRS = ['EUR_USD', 'GBP_USD'];
const TIMEOUT_MS = 60_000;

describeCluster('a process that has jobs and nothing else', (createDatabase) => {
  test(
    'computes, tells the clients of another process, and keeps its alerts where nobody ingests',
    async () => {
      const redis = await startRedisForTest();
      const address = await createDatabase();
      const database = { type: 'postgres', address } as const;
      for (const instrument of PAIRS) {
        await keepHours(database, instrument, { first: HOURS });
      }
      const shared: Environment = {
        REDIS_URL: redis.url,
        ...postgresSettings(address),
        DATA_DIR: '/nowhere',
        TRACKED_PAIRS: PAIRS.join(),
        BACKFILL_DAYS: '20',
        VOLATILITY_THRESHOLD: '0.000001',
        RATE_LIMIT_REQUESTS: '0',
      };
      const gateway = await startServerForTest({ ...shared, ROLES: 'gateway,api' });
      const client = new RecordingClient(gateway.url, { reconnection: false });
      onTestFinished(() => {
        client.close();
      });
      await client.request('subscribe', { pairs: ['EUR_USD'] }, 'subscription_confirmed');

      await startServerForTest({ ...shared, ROLES: 'jobs' });
      const isTold = (): boolean => client.all('volatility_alert').length > 0;
      await waitFor(isTold, 'the alert', TIMEOUT_MS);
      const readAlerts = async () => {
        const response = await fetch(`${gateway.url}/api/v1/alerts?severity=critical`);
        return (await response.json()) as { count: number; alerts: { instrument: string }[] };
      };
      const kept = await waitFor(
        async () => {
          const answer = await readAlerts();
          return answer.count >= PAIRS.length && answer;
        },
        'the alerts to be kept',
        TIMEOUT_MS,
      );
      expect(kept.alerts.map(({ instrument }) => instrument).sort()).toEqual(PAIRS);
      expect(client.all('volatility_alert')).toHaveLength(1);
      expect(client.all('volatility_update')).toMatchObject([{ instrument: 'EUR_USD' }]);
      // Other programs find what is computed under the contract's keys.
      await expect(redis.cli('HGET', 'metrics:GBP_USD', 'volatility_20')).resolves.toMatch(
        /^0\.\d/,
      );
    },
    TIMEOUT_MS,
  );
});
