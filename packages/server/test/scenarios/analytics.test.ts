import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/app/clock.ts';
import { connectControl } from '../../src/app/control-client.ts';
import { controlPath } from '../../src/app/control-path.ts';
import { createStores } from '../../src/storage/index.ts';
import { createRecordingLogger } from '../support/recording-logger.ts';
import { createWatch } from '../support/scripted-commands.ts';
import { RecordingClient } from '../support/socket-io-client.ts';
import { createDirectoryForTest } from '../support/temporary-directory.ts';
import { startServerForTest } from '../support/test-server.ts';
import { waitFor } from '../support/wait-for.ts';

const PAIRS = ['EUR_USD', 'GBP_USD', 'EUR_GBP', 'USD_JPY'];
const CRYPTO = ['BTCUSDT', 'ETHUSDT'];
const ALL = [...PAIRS, ...CRYPTO].sort();
const TIMEOUT_MS = 120_000;

test(
  'a first start has metrics, correlations and best pairs of FX and crypto, and tells clients',
  async () => {
    const directory = await createDirectoryForTest();
    const server = await startServerForTest({
      FEEDS: 'oanda,bybit',
      TRACKED_PAIRS: PAIRS.join(),
      BYBIT_SYMBOLS: CRYPTO.join(),
      BYBIT_TIMEFRAMES: '1',
      DATA_DIR: directory,
    });
    const client = new RecordingClient(server.url, { reconnection: false });
    onTestFinished(() => {
      client.close();
    });
    await client.request('subscribe', { pairs: ['EUR_USD'] }, 'subscription_confirmed');
    const ready = () => client.all('data_ready').map(({ data_type: type }) => type);
    await waitFor(() => ready().includes('metrics'), 'metrics', TIMEOUT_MS);
    await waitFor(() => ready().includes('correlations'), 'correlations', TIMEOUT_MS);
    const commands = await connectControl(controlPath(directory));
    const isDone = async (): Promise<boolean> => {
      const { jobs = [] } = (await commands?.jobs({}, createWatch())) ?? {};
      return jobs.length === 3 && jobs.every(({ last }) => last?.status === 'success');
    };
    await waitFor(isDone, 'all jobs to be done', TIMEOUT_MS);
    const answer = await commands?.runJob({ job: 'hourly' }, createWatch());
    expect(answer).toEqual({ job: 'hourly', result: 'success', records: 6, failures: [] });
    await server.close();

    const { store, analytics, jobLog } = createStores({
      database: { type: 'embedded', directory },
      clock: systemClock,
      logger: createRecordingLogger(),
    });
    onTestFinished(() => store.close());
    await store.start();
    const kept = await analytics.newestMetrics(ALL);
    expect(kept.map(({ instrument }) => instrument)).toEqual(ALL);
    for (const { metrics: values } of kept) {
      expect(Object.values(values)).not.toContain(null);
    }
    const updates = client.all('volatility_update');
    expect(updates.map(({ instrument }) => instrument)).toEqual(['EUR_USD', 'EUR_USD']);
    const ofEuro = kept.find(({ instrument }) => instrument === 'EUR_USD');
    expect(updates.at(-1)).toMatchObject({
      metrics: ofEuro?.metrics,
      time: new Date(ofEuro?.time ?? 0).toISOString(),
    });
    const correlations = await analytics.newestCorrelations();
    expect(correlations?.pairs).toHaveLength((ALL.length * (ALL.length - 1)) / 2);
    const best = await analytics.newestBestPairs();
    expect(best?.pairs.length).toBe(6 + 1);
    const told = client.all('correlation_update').map(({ pair1, pair2 }) => `${pair1} ${pair2}`);
    expect(told).toEqual([
      'BTCUSDT EUR_USD',
      'ETHUSDT EUR_USD',
      'EUR_GBP EUR_USD',
      'EUR_USD GBP_USD',
      'EUR_USD USD_JPY',
    ]);
    const runs = await jobLog.newest();
    expect(runs.map(({ job, status, records }) => [job, status, records])).toEqual([
      ['hourly', 'success', 6],
      ['daily', 'success', 15],
      ['retention', 'success', 0],
    ]);
  },
  TIMEOUT_MS,
);
