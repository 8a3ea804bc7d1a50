import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type LineProgram, startLineProgram } from './support/line-program.ts';
import { type TestServer, startTestServer } from './support/test-server.ts';

const PROGRAM = new URL('../node/channels.js', import.meta.url).pathname;
const NOTHING_HAPPENS = { FEEDS: 'none' };

let program: LineProgram | undefined;
let server: TestServer;

function start(...args: readonly string[]): LineProgram {
  program = startLineProgram(process.execPath, [PROGRAM, '--url', server.url, ...args]);
  return program;
}

describe('channels.js', () => {
  beforeEach(async () => {
    server = await startTestServer(0, NOTHING_HAPPENS);
    server.publish('price_updates', { instrument: 'EUR_USD', bid: '1.0945', ask: '1.0947' });
  });

  afterEach(async () => {
    program?.kill();
    await server.close();
  });

  test('prints the state and what is new, also after a restart, until Ctrl-C', async () => {
    const client = start('price:EUR_USD');
    await client.waitForLine(/^price:EUR_USD is \{"price":\{"bid":"1\.0945"/);
    server.publish('price_updates', { instrument: 'EUR_USD', bid: '1.0946', ask: '1.0947' });
    await client.waitForLine(/^price:EUR_USD 2 \{.*"bid":"1\.0946"/);
    await server.close();
    await client.waitForLine(/^waiting: Server is shutting down, again in [1-6]\.\d s$/);
    server = await startTestServer(server.port, NOTHING_HAPPENS);
    await client.waitForLine(/^price:EUR_USD: 3 to \? are lost$/);
    server.publish('price_updates', { instrument: 'EUR_USD', bid: '1.0951', ask: '1.0957' });
    await client.waitForLine(/^price:EUR_USD 1 \{.*"bid":"1\.0951"/);
    expect(await client.interrupt()).toBe(0);
  });

  test('ends where there is nothing that it could follow, and says why', async () => {
    const client = start('price:NO_PE');
    expect(await client.exited).toBe(1);
    expect(client.lines).toContain('price:NO_PE: INVALID_SYMBOL: There is no channel price:NO_PE');
    expect(await start('price:EUR_USD', 'nonsense').exited).toBe(1);
  });
});
