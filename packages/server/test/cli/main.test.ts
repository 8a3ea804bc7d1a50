import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { ONE_PORT } from '../support/one-port.ts';
import { PROGRAM, runProgram } from '../support/program.ts';
import { RecordingClient } from '../support/socket-io-client.ts';
import { waitFor } from '../support/wait-for.ts';

const FREE_PORTS = {
  ...ONE_PORT,
  DATA_DIR: 'none',
};

/** The program, spawned as a user would from a folder of its own. */
describe('tickwire', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tickwire-cli-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const run = (args: readonly string[], env?: Record<string, string>) =>
    runProgram(folder, args, env);

  /** The port on which a spawned server says that it listens. */
  const portOf = (output: () => string): Promise<string> =>
    waitFor(() => /Listening on http:\/\/127\.0\.0\.1:(\d+) /.exec(output())?.[1], 'the address');

  test.each(['SIGINT', 'SIGTERM'] as const)(
    'serve streams prices until %s, and ends with exit code 0',
    async (signal) => {
      const { child, exited, output, errors } = run(['serve'], { ...FREE_PORTS, DATA_DIR: '' });
      const client = new RecordingClient(`http://127.0.0.1:${await portOf(output)}`);
      await client.request('subscribe', { pairs: '*' }, 'subscription_confirmed');
      await client.next('price_update');
      // npm passes the terminal's Ctrl-C on a second time.
      child.kill(signal);
      child.kill(signal);
      expect(await exited).toBe(0);
      expect(await client.next('server_error')).toMatchObject({ error: 'Server is shutting down' });
      client.close();
      expect(errors()).toBe('');
      expect(output()).toContain('SIMULATED');
      expect(output()).toContain('Stopped');
    },
  );

  test('a taken port is one line on standard error', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const { exited, errors } = run(['serve'], { ...FREE_PORTS, WEBSOCKET_PORT: String(port) });
    expect(await exited).toBe(1);
    expect(errors()).toMatch(
      /^tickwire: WEBSOCKET_PORT: port \d+ on 127\.0\.0\.1 is taken[^\n]*\n$/,
    );
    other.close();
  });

  test('a wrong setting is one line on standard error', async () => {
    const { exited, errors } = run(['serve'], { API_PORT: 'many' });
    expect(await exited).toBe(2);
    expect(errors()).toMatch(/^tickwire: API_PORT: expected a port [^\n]* got 'many'\n$/);
  });

  test('check-config reads .env under the environment, and masks secrets', async () => {
    writeFileSync(
      join(folder, '.env'),
      '\uFEFFOANDA_API_KEY=very-secret\nOANDA_APIKEY=x\nAPI_PORT=7000\nWEBSOCKET_PORT=7001\nREDIS_PASSWORD=None\n',
    );
    const { exited, output, errors } = run(['check-config'], { WEBSOCKET_PORT: '7002' });
    expect(await exited).toBe(0);
    const lines = output().split('\n');
    expect(lines).toContain('# OANDA_APIKEY is not a setting');
    expect(lines).toContain('API_PORT=7000');
    expect(lines).toContain('WEBSOCKET_PORT=7002');
    expect(lines).toContain('OANDA_API_KEY=***');
    expect(lines).toContain('LIVE_PORT=8000  # default');
    expect(output() + errors()).not.toContain('very-secret');
  });

  test('a signal while it starts ends it with exit code 0', async () => {
    const { child, exited, output } = run(['serve'], FREE_PORTS);
    await waitFor(() => output().includes('simulator is the venue') || undefined, 'the first line');
    child.kill('SIGTERM');
    expect(await exited).toBe(0);
  });

  test.runIf(existsSync('/dev/full'))(
    'a full disk costs lines of the log, not the program',
    async () => {
      const { child, exited, output, errors } = run(['serve'], {
        ...FREE_PORTS,
        LOG_FILE: '/dev/full',
      });
      const client = new RecordingClient(`http://127.0.0.1:${await portOf(output)}`);
      await client.request('subscribe', { pairs: '*' }, 'subscription_confirmed');
      await client.next('price_update');
      client.close();
      child.kill('SIGTERM');
      expect(await exited).toBe(0);
      expect(errors()).toMatch(/^tickwire: 1 lines of the log were lost: ENOSPC[^\n]*\n$/);
    },
  );

  test.runIf(existsSync('/dev/full'))(
    'standard output that is full does not end the program',
    async () => {
      const full = openSync('/dev/full', 'w');
      const file = join(folder, 'tickwire.log');
      const { PATH = '' } = process.env;
      const child = spawn(process.execPath, [PROGRAM, 'serve'], {
        cwd: folder,
        env: { PATH, ...FREE_PORTS, LOG_FILE: file },
        stdio: ['ignore', full, full],
      });
      onTestFinished(() => {
        child.kill('SIGKILL');
      });
      const exited = once(child, 'close');
      const log = (): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');
      const port = await waitFor(() => /"port":(\d+)/.exec(log())?.[1], 'the address');
      const client = new RecordingClient(`http://127.0.0.1:${port}`);
      await client.request('subscribe', { pairs: '*' }, 'subscription_confirmed');
      await client.next('price_update');
      client.close();
      child.kill('SIGTERM');
      expect(await exited).toEqual([0, null]);
      closeSync(full);
    },
  );

  test('a log file that cannot be written, and a host that is not ours, are one line', async () => {
    const log = run(['serve'], { ...FREE_PORTS, LOG_FILE: folder });
    expect(await log.exited).toBe(2);
    expect(log.errors()).toMatch(/^tickwire: LOG_FILE: expected the path of a file[^\n]*\n$/);
    const host = run(['serve'], { ...FREE_PORTS, WEBSOCKET_HOST: '192.0.2.1' });
    expect(await host.exited).toBe(1);
    expect(host.errors()).toMatch(/^tickwire: WEBSOCKET_HOST: expected an address[^\n]*\n$/);
  });

  test('a key never reaches the log', async () => {
    const file = join(folder, 'logs', 'tickwire.log');
    const key = 'very-secret-token';
    const { child, exited, output } = run(['serve'], {
      ...FREE_PORTS,
      OANDA_API_KEY: key,
      OANDA_URL: 'http://127.0.0.1:9',
      OANDA_STREAM_URL: 'http://127.0.0.1:9',
      LOG_LEVEL: 'DEBUG',
      LOG_FILE: file,
    });
    await waitFor(() => output().includes('The feed is down'), 'the feed to be down');
    child.kill('SIGTERM');
    expect(await exited).toBe(0);
    const log = readFileSync(file, 'utf8');
    expect(log).toContain('OANDA cannot be reached');
    expect(output() + log).not.toContain(key);
  });
});
