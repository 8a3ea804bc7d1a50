import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { folderOf } from './support/recorded.ts';
import { ask, waitFor } from './support/simulator.ts';

const bin = fileURLToPath(new URL('../bin/tickwire-simulator.js', import.meta.url));

interface Running {
  readonly process: ChildProcessByStdio<null, Readable, Readable>;
  output(): string;
  errors(): string;
}

function run(args: readonly string[], env: Record<string, string> = {}): Running {
  const child = spawn(process.execPath, [bin, ...args], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let [output, errors] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  return { process: child, output: () => output, errors: () => errors };
}

async function exitCode({ process: child }: Running): Promise<unknown> {
  const [code] = (await once(child, 'close')) as unknown[];
  return code;
}

const FREE_PORTS = ['--port', '0', '--stream-port', '0', '--bybit-port', '0'];

describe('tickwire-simulator', () => {
  beforeAll(() => {
    execFileSync(process.execPath, [bin, '--help']);
  });

  test.each(['SIGINT', 'SIGTERM'] as const)(
    'prints its addresses, serves, ends at %s',
    async (signal) => {
      const running = run([...FREE_PORTS, '--start', '-3h', '--speed', '60', '--token', 'abc']);
      await waitFor(() => running.output().includes('Try'));
      const restUrl = /REST\s+(http:\S+)/.exec(running.output())?.[1] ?? '';
      expect(running.output()).toMatch(/Stream\s+http:\/\/127\.0\.0\.1:\d+/);
      expect(running.output()).toContain(`${restUrl}/simulator/faults`);
      expect(running.output()).toContain(
        `curl -H 'Authorization: Bearer abc' '${restUrl}/v3/accounts'`,
      );
      const headers = { authorization: 'Bearer abc' };
      expect((await ask(`${restUrl}/v3/accounts`, { headers })).status).toBe(200);
      const [, bybitUrl = ''] = /Bybit\s+(http:\S+)\s+ws:\S+\/linear/.exec(running.output()) ?? [];
      expect((await ask(`${bybitUrl}/v5/market/time`)).status).toBe(200);
      running.process.kill(signal);
      expect(await exitCode(running)).toBe(0);
    },
  );

  test.each([
    [['--speed', 'x'], {}, /^Expected --speed to be a number above 0/],
    [['--start', '3h'], {}, /^Expected --start to be a time before now/],
    [[], { SIMULATOR_WEEKEND: 'no' }, /^Expected SIMULATOR_WEEKEND to be 'open' or 'closed'/],
    [['--data', '/no/such/place'], {}, /^Expected recorded data at \/no\/such\/place/],
    [['--port', 'x'], {}, /Expected a port from 0 to 65535/],
    [['--account', 'mine'], {}, /Expected an id like 101-001-0000001-001/],
    [['--token', ''], {}, /Expected a token without spaces/],
    [['--host', ''], {}, /Expected an address such as 127\.0\.0\.1/],
    [['--host', '192.0.2.1'], {}, /^Expected --host to be an address of this machine/],
    [['--nonsense'], {}, /unknown option '--nonsense'/],
  ])('ends with 2 and one line at %j %j', async (args, env, expected) => {
    const running = run([...FREE_PORTS, ...args], env);
    expect(await exitCode(running)).toBe(2);
    expect(running.errors()).toMatch(expected);
    expect(running.errors().trim().split('\n')).toHaveLength(1);
  });

  test('generates the market of a venue that the recorded data has nothing of', async () => {
    const data = await folderOf({
      'FOOUSDT_linear.csv': 'start_ms,open,high,low,close,volume\n1670889600000,1,2,1,2,5\n',
    });
    const running = run([...FREE_PORTS, '--data', data]);
    await waitFor(() => running.output().includes('Try'));
    const url = (name: string): string =>
      new RegExp(`${name}\\s+(http:\\S+)`).exec(running.output())?.[1] ?? '';
    const list = await ask(`${url('Bybit')}/v5/market/instruments-info?category=linear`);
    expect(list.text).toContain('FOOUSDT');
    expect(list.text).not.toContain('BTCUSDT');
    const account = await ask(`${url('REST')}/v3/accounts/101-001-0000001-001/instruments`);
    expect(account.text).toContain('EUR_USD');
  });

  test.each(['--port', '--stream-port', '--bybit-port'])(
    'ends with 2 and names %s if that is taken',
    async (option) => {
      const taken = createServer().listen(0, '127.0.0.1');
      await once(taken, 'listening');
      onTestFinished(() => {
        taken.close();
      });
      const { port } = taken.address() as AddressInfo;
      const running = run([...FREE_PORTS, option, String(port)]);
      expect(await exitCode(running)).toBe(2);
      expect(running.errors()).toBe(
        `Expected ${option} to name a free port, but ${port} is taken\n`,
      );
    },
  );
});
