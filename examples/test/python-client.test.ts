import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CORRELATION_ALERT, DATA_READY, VOLATILITY_ALERT } from './support/alerts.ts';
import { type LineProgram, startLineProgram } from './support/line-program.ts';
import { PYTHON_WARNINGS, findPython } from './support/python.ts';
import { type TestServer, startTestServer } from './support/test-server.ts';

const PROGRAM = new URL('../python/fx_client.py', import.meta.url).pathname;
const EXERCISE = new URL('./support/exercise_client.py', import.meta.url).pathname;
const python = findPython('socketio', 'aiohttp');
const WHY = python === undefined ? ' (skipped: no Python with python-socketio and aiohttp)' : '';

let server: TestServer;
let program: LineProgram | undefined;

function start(...args: readonly string[]): LineProgram {
  program = startLineProgram(python ?? 'python3', [...PYTHON_WARNINGS, ...args]);
  return program;
}

beforeEach(async () => {
  server = await startTestServer();
});

afterEach(async () => {
  program?.kill();
  await server.close();
});

describe.skipIf(python === undefined).each(['websocket', 'polling'])(
  `fx_client.py over %s${WHY}`,
  (transport) => {
    test('prints prices and alerts until Ctrl-C, and then the newest of each', async () => {
      const client = start(PROGRAM, '--transport', transport, server.url, 'EUR_USD', 'GBP_USD');
      await client.waitForLine(/^Subscribed to 2 pairs: EUR_USD, GBP_USD$/);
      await client.waitForLine(/^GBP_USD +\d+\.\d+ \/ \d+\.\d+ /);
      server.publish('volatility_alerts', VOLATILITY_ALERT);
      await client.waitForLine(/^\[warning\] EUR_USD: Volatility \(0\.0234\) exceeded/);
      expect(await client.interrupt()).toBe(0);
      expect(client.lines.at(-1)).toMatch(/^GBP_USD +\S+ +\S+ +\S+ +\S+Z$/);
      expect(client.lines.join('\n')).not.toMatch(/Traceback|Warning|Unclosed/);
    });

    test('takes a price of every pair at once', async () => {
      const client = start(PROGRAM, '--transport', transport, server.url, '*');
      await client.waitForLine(/^Subscribed to 20 pairs/);
      await client.waitForLine(/^GBP_CAD /);
      expect(client.lines.filter((line) => line.startsWith('Connected'))).toHaveLength(1);
    });

    test('comes back after a restart of the server and subscribes again', async () => {
      const client = start(PROGRAM, '--transport', transport, server.url, 'EUR_USD', 'NO_PAIR');
      await client.waitForLine(/^Subscribed to 1 pairs: EUR_USD$/);
      await server.close();
      await client.waitForLine(/^Error: Server is shutting down/);
      await client.waitForLine(/^Disconnected$/);
      const before = client.lines.length;
      server = await startTestServer(server.port);
      await client.waitForLine(/^Subscribed to 1 pairs: EUR_USD$/, before);
      await client.waitForLine(/^EUR_USD /, before);
    });

    test('has a handler for each answer and each event', async () => {
      const client = start(EXERCISE, server.url, transport);
      await client.waitForLine(/"on_pong", .*"latency_ms": \d/);
      server.publish('volatility_alerts', VOLATILITY_ALERT);
      server.publish('correlation_alerts', CORRELATION_ALERT);
      server.publish('data_ready', DATA_READY);
      await client.waitForLine(/"on_connect"/);
      await client.waitForLine(/"on_connection_established", .*"pair_count": 20/);
      await client.waitForLine(/"on_subscription_confirmed", .*\["EUR_USD", "USD_JPY"\]/);
      await client.waitForLine(/"on_subscription_error", .*Invalid pairs: NO_PAIR/);
      await client.waitForLine(/"on_unsubscription_confirmed", .*\["USD_JPY"\]/);
      await client.waitForLine(/"on_unsubscription_error", .*Invalid request/);
      await client.waitForLine(/"on_subscriptions_info", .*\["EUR_USD"\]/);
      await client.waitForLine(/"on_price_update", .*"EUR_USD"/);
      await client.waitForLine(/"on_price_response", .*"EUR_USD"/);
      await client.waitForLine(/"on_price_error", .*Invalid instrument: NO_PAIR/);
      await client.waitForLine(/"on_all_prices_response", .*"prices": 20/);
      await client.waitForLine(/"on_server_stats", .*"tracked_pairs": 20/);
      await client.waitForLine(/"on_volatility_alert", .*0\.0234/);
      await client.waitForLine(/"on_correlation_alert", .*"alerts": 2/);
      await client.waitForLine(/"on_data_ready", .*prices data updated/);
      await server.close();
      await client.waitForLine(/"on_server_error", .*"retry_after"/);
      await client.waitForLine(/"on_disconnect"/);
      await client.waitForLine(/"on_error", .*Cannot connect/);
    });
  },
);
