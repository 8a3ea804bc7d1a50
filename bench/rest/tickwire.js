/** Our server, first with the simulated venues, then with what it has kept of them alone. */
import { setTimeout } from 'node:timers/promises';
import { createServer } from '@tickwire/server';
import { serveCalls } from '../child.js';
import { get } from './get.js';
import { ROUTES } from './routes.js';

const FILL_TIMEOUT_MS = 90_000;
const POLL_MS = 200;

/** @type {import('@tickwire/server').Server | undefined} */
let server;

/**
 * @param {string} directory
 * @param {Readonly<Record<string, string>>} settings
 */
async function open(directory, settings) {
  server = createServer({
    DATA_DIR: directory,
    API_HOST: '127.0.0.1',
    API_PORT: '0',
    WEBSOCKET_PORT: 'off',
    LIVE_PORT: 'off',
    RATE_LIMIT_REQUESTS: '0',
    LOG_LEVEL: 'ERROR',
    ...settings,
  });
  await server.start();
  const [listening] = server.listening;
  if (listening === undefined) {
    throw new Error('Expected the server to listen');
  }
  return listening.boundPort;
}

/** @type {import('./messages.js').TickwireMethods} */
const methods = {
  async fill({ directory }) {
    const port = await open(directory, { FEEDS: 'oanda', BACKFILL_DAYS: '20' });
    for (let waitedMs = 0; !(await isFull(port)); waitedMs += POLL_MS) {
      if (waitedMs > FILL_TIMEOUT_MS) {
        throw new Error(`Waited ${FILL_TIMEOUT_MS} ms in vain for every route to have an answer`);
      }
      await setTimeout(POLL_MS);
    }
    await server?.close();
    return {};
  },
  async start({ directory }) {
    return { port: await open(directory, { FEEDS: 'none' }) };
  },
};
serveCalls(methods);

/** @param {number} port */
async function isFull(port) {
  const answers = await Promise.all(
    ROUTES.map(({ path }) => get(`http://127.0.0.1:${port}${path}`)),
  );
  return answers.every(({ status }) => status === 200);
}
