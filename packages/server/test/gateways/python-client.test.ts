import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startServer } from '../support/test-server.ts';
import { waitFor } from '../support/wait-for.ts';

const PROGRAM = fileURLToPath(new URL('../support/python_client.py', import.meta.url));
const SETTINGS = { SIMULATOR_START: '-2d', SIMULATOR_SPEED: '30' };

interface Report {
  readonly answers: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly disconnects: number;
}

const python = ['python3', '/usr/bin/python3'].find(
  (command) => spawnSync(command, ['-c', 'import socketio, aiohttp']).status === 0,
);
if (python === undefined) {
  test.skip('python-socketio (skipped: no python3 has it; apt install python3-socketio python3-aiohttp)', () =>
    undefined);
}

describe.runIf(python !== undefined)('python-socketio, unmodified', () => {
  test.each(['websocket', 'polling', 'polling,websocket'])(
    'runs the whole event table over %s, and comes back after a restart',
    async (transports) => {
      let server = await startServer(SETTINGS);
      onTestFinished(() => server.close());
      await waitFor(() => server.health().feeds[0]?.state === 'live', 'the feed');
      const child = spawn(python!, [PROGRAM, server.url, transports]);
      onTestFinished(() => {
        child.kill('SIGKILL');
      });
      let output = '';
      let errors = '';
      child.stdout.on('data', (data: Buffer) => (output += data.toString()));
      child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
      const exited = once(child, 'close');
      const report = (index: number): Promise<Report> =>
        waitFor(() => {
          if (child.exitCode !== null && child.exitCode !== 0) {
            throw new Error(errors);
          }
          const line = output.split('\n').slice(0, -1)[index];
          return line === undefined ? undefined : (JSON.parse(line) as Report);
        }, `report ${index} of the Python client`);

      const { answers, disconnects } = await report(0);
      expect(disconnects).toBe(0);
      expect(answers).toMatchObject({
        welcome: { pair_count: 20, max_clients: 1000 },
        all: { pair_count: 20, subscribed_to_all: true },
        info: { pair_count: 20, subscribed_to_all: true },
        unsubscribed: { pairs: ['EUR_USD'], message: 'Unsubscribed from 1 pairs' },
        bad_subscribe: { error: 'Invalid pairs: INVALID_PAIR' },
        bad_unsubscribe: { error: 'Invalid request' },
        price: { instrument: 'EUR_USD' },
        bad_price: { error: 'Invalid instrument: INVALID_USD' },
        prices: { pair_count: 20 },
        stats: { active_clients: 1, total_subscriptions: 19 },
        unknown: { error: 'Unknown event' },
        acknowledged: { pairs: ['USD_JPY'] },
      });

      const alert = { threshold: 0.02, severity: 'warning' };
      server.publish('volatility_alerts', { instrument: 'USD_JPY', volatility: 0.03, ...alert });
      server.publish('correlation_alerts', {
        pair1: 'USD_JPY',
        pair2: 'EUR_USD',
        correlation: 0.5,
        ...alert,
      });
      server.publish('data_ready', { data_type: 'candles', count: 3 });
      expect((await report(1)).answers).toMatchObject({
        volatility_alert: { instrument: 'USD_JPY', volatility: 0.03 },
        correlation_alert: { pair1: 'USD_JPY', correlation: 0.5 },
        data_ready: { data_type: 'candles', count: 3 },
      });

      const { port } = new URL(server.url);
      await server.close();
      server = await startServer({ ...SETTINGS, WEBSOCKET_PORT: port });
      expect(await report(2)).toMatchObject({
        answers: { notice: { error: 'Server is shutting down' }, welcome_back: { pair_count: 20 } },
        disconnects: 1,
      });
      expect(await exited).toEqual([0, null]);
    },
  );
});
