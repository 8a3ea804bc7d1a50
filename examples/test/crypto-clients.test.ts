import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CandleClient } from '../node/crypto-client.js';
import { type LineProgram, startLineProgram } from './support/line-program.ts';
import { PYTHON_WARNINGS, findPython } from './support/python.ts';
import {
  SCRIPT,
  type ScriptedServer,
  candleOf,
  say,
  snapshotOf,
  startScriptedServer,
  updateOf,
} from './support/scripted-server.ts';
import { type TestServer, startTestServer } from './support/test-server.ts';
import { waitFor } from '../../packages/server/test/support/wait-for.ts';

const python = findPython('websockets');
const NODE_PROGRAM = new URL('../node/crypto-client.js', import.meta.url).pathname;
const PYTHON_FOLDER = new URL('../python/', import.meta.url).pathname;
const PYTHON_PROGRAM = `${PYTHON_FOLDER}crypto_client.py`;
const WHY = python === undefined ? ' (skipped: no Python with websockets)' : '';
/** A minute of the simulated venue passes in a second. */
const QUICK_MINUTES = { FEEDS: 'bybit', SIMULATOR_START: '-3h', SIMULATOR_SPEED: '60' };
/** The second wait is two seconds at most, and a wait is random. */
const NOW_OR_SOON = /coming back in (?:[01]\.\d|2\.0) s$/;

interface Client {
  readonly name: string;
  readonly command: string | undefined;
  readonly args: readonly string[];
}

const CLIENTS: readonly Client[] = [
  { name: 'crypto-client.js', command: process.execPath, args: [NODE_PROGRAM] },
  {
    name: `crypto_client.py${WHY}`,
    command: python,
    args: [...PYTHON_WARNINGS, '-W', 'error::DeprecationWarning:__main__', PYTHON_PROGRAM],
  },
];

let program: LineProgram | undefined;
let scripted: ScriptedServer;

beforeEach(async () => {
  scripted = await startScriptedServer();
});

afterEach(async () => {
  program?.kill();
  await scripted.close();
});

for (const { name, command, args } of CLIENTS) {
  const start = (url: string, ...options: readonly string[]): LineProgram => {
    const address = url.replace('http', 'ws');
    program = startLineProgram(command ?? '', [...args, '--url', address, ...options]);
    return program;
  };

  describe.skipIf(command === undefined)(`${name} with a server`, () => {
    let server: TestServer;

    beforeEach(async () => {
      server = await startTestServer(0, QUICK_MINUTES);
    });

    afterEach(async () => {
      await server.close();
    });

    test('prints the snapshot and each candle that closes, and ends after so many', async () => {
      const client = start(server.url, '--symbol', 'ethusdt', '--count', '2');
      expect(await client.exited).toBe(0);
      const [confirmation, snapshot, ...candles] = client.lines;
      expect(confirmation).toBe('Subscribed to ETHUSDT candles (1m)');
      expect(snapshot).toMatch(/^Snapshot of 100 candles, the last: \d{4}-\d\d-\d\d \d\d:\d\d O /);
      for (const candle of candles) {
        expect(candle).toMatch(
          /^\S+ \S+ O [\d.]+ H [\d.]+ L [\d.]+ C [\d.]+ V [\d.]+( corrected)?$/,
        );
      }
      expect(candles).toHaveLength(2);
    });

    test('prints forming candles where all are wanted, until Ctrl-C', async () => {
      const client = start(server.url, '--all', '--timeframe', '5');
      await client.waitForLine(/^Subscribed to BTCUSDT candles \(5m\)$/);
      await client.waitForLine(/ V [\d.]+ forming$/);
      expect(await client.interrupt()).toBe(0);
      expect(client.lines.join('\n')).not.toMatch(/Traceback|Warning|Error/);
    });

    test('ends where the symbol is refused, and says why', async () => {
      const client = start(server.url, '--symbol', 'NOPE');
      expect(await client.exited).toBe(1);
      expect(client.lines).toHaveLength(1);
      expect(client.lines[0]).toMatch(/^Error: INVALID_SYMBOL \(4400\): .*NOPE/);
    });

    test('comes back after a restart of the server', async () => {
      const client = start(server.url);
      await client.waitForLine(/^Snapshot of /);
      await server.close();
      await client.waitForLine(/^Lost: SERVER_SHUTDOWN \(1001\): .*coming back in [1-6]\.\d s$/);
      const before = client.lines.length;
      server = await startTestServer(server.port, QUICK_MINUTES);
      await client.waitForLine(/^Subscribed to BTCUSDT candles \(1m\)$/, before);
      await client.waitForLine(/^\d{4}-\d\d-\d\d /, before);
    });
  });

  describe.skipIf(command === undefined)(`${name}, whatever it is sent`, () => {
    test('ends where its address is none', async () => {
      const client = start('nonsense');
      expect(await client.exited).toBe(1);
      expect(client.lines).toHaveLength(1);
      expect(client.lines[0]).toMatch(/^Error: .*nonsense/);
    });

    test('prints decimals as they were sent, and says which candle is a correction', async () => {
      const client = start(scripted.url, '--count', '2');
      const socket = await scripted.connection(0);
      const last = candleOf(1, { confirm: true });
      say(socket, SCRIPT.confirmation, snapshotOf([candleOf(0, { confirm: true }), candleOf(1)]));
      say(socket, SCRIPT.heartbeat, updateOf(candleOf(1)), updateOf(last));
      say(socket, updateOf({ ...last, close: '73583.70', revision: 1 }), updateOf(last));
      expect(await client.exited).toBe(0);
      const figures = 'O 73583.10 H 73584.00 L 73582.50 C 73583.60 V 12.500';
      expect(client.lines).toEqual([
        'Subscribed to BTCUSDT candles (1m)',
        `Snapshot of 2 candles, the last: 2026-01-05 10:01 ${figures} forming`,
        `2026-01-05 10:01 ${figures}`,
        `2026-01-05 10:01 ${figures.replace('73583.60', '73583.70')} corrected`,
      ]);
    });

    test('comes back at once where it read too slowly', async () => {
      const client = start(scripted.url);
      (await scripted.connection(0)).close(4008);
      await client.waitForLine(/^Lost: closed with 4008; coming back in 0\.0 s$/);
      await scripted.connection(1);
    });

    test('comes back when the server said', async () => {
      const client = start(scripted.url);
      const socket = await scripted.connection(0);
      say(socket, {
        type: 'error',
        error_code: 'MAX_CLIENTS',
        error_message: 'Max clients reached',
        details: {},
        retry_after: 0.5,
        timestamp: '2026-01-05T10:00:30.000Z',
      });
      socket.close(4429);
      const line = await client.waitForLine(/^Lost: /);
      expect(line).toMatch(/MAX_CLIENTS \(4429\): Max clients reached; coming back in 0\.[56] s$/);
      await scripted.connection(1);
    });

    test('comes back after an error of the server, and after a connection that broke', async () => {
      const client = start(scripted.url);
      (await scripted.connection(0)).close(1011);
      expect(await client.waitForLine(/^Lost: closed with 1011/)).toMatch(NOW_OR_SOON);
      (await scripted.connection(1)).terminate();
      expect(await client.waitForLine(/^Lost: closed with 1006/)).toMatch(NOW_OR_SOON);
      await scripted.connection(2);
    });

    test('does not come back where it is not let in', async () => {
      const client = start(scripted.url);
      (await scripted.connection(0)).close(4401);
      expect(await client.exited).toBe(1);
      expect(client.lines).toEqual(['Error: closed with 4401']);
    });
  });
}

describe('a server that says nothing any more', () => {
  test('is given up by CandleClient', async () => {
    const losses: string[] = [];
    const client = new CandleClient({
      url: scripted.url,
      symbol: 'BTCUSDT',
      timeframe: '1',
      silentAfterMs: 50,
    });
    client.onLost = (why) => {
      losses.push(why);
    };
    client.connect();
    await scripted.connection(1);
    client.disconnect();
    expect(losses[0]).toBe('the server is silent');
    await waitFor(
      () => scripted.connections.every(({ readyState }) => readyState === 3),
      'the end',
    );
  });

  test.skipIf(python === undefined)(`is given up by follow()${WHY}`, async () => {
    const script = [
      'import asyncio, sys',
      'sys.path.insert(0, sys.argv[1])',
      'from crypto_client import follow',
      'async def main():',
      "    async for _ in follow(sys.argv[2], 'BTCUSDT', '1', silent_after_s=0.1): pass",
      'asyncio.run(main())',
    ].join('\n');
    const args = ['-B', '-c', script, PYTHON_FOLDER, scripted.url];
    program = startLineProgram(python ?? '', args);
    await program.waitForLine(/^Lost: the server is silent; coming back in/);
    await scripted.connection(1);
  });
});
