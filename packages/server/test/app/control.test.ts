import { once } from 'node:events';
import { link, stat, symlink, writeFile } from 'node:fs/promises';
import { type RequestOptions, request } from 'node:http';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { connectControl } from '../../src/app/control-client.ts';
import { controlPath } from '../../src/app/control-path.ts';
import { createControlServer } from '../../src/app/control-server.ts';
import type { HistoryCommands } from '../../src/app/history-request.ts';
import { ConfigError, StoreError } from '../../src/domain/errors.ts';
import { createRecordingLogger } from '../support/recording-logger.ts';
import { ScriptedCommands, createWatch, untilAborted } from '../support/scripted-commands.ts';
import { createDirectoryForTest } from '../support/temporary-directory.ts';
import { waitFor } from '../support/wait-for.ts';

const PROGRESS = {
  instrument: 'EUR_USD',
  interval: '60',
  done: 1,
  total: 4,
  share: 0.25,
} as const;

const HALF = 'POST /backfill HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{"da';

/** A control server with scripted commands, closed with its test. */
async function startControl(path?: string) {
  const at = path ?? join(await createDirectoryForTest(), 'control.sock');
  const commands = new ScriptedCommands();
  const logger = createRecordingLogger();
  const server = createControlServer({ path: at, commands, logger });
  onTestFinished(() => server.close());
  await server.start();
  return { path: at, commands, logger, server };
}

async function client(path: string): Promise<HistoryCommands> {
  const found = await connectControl(path);
  if (found === undefined) {
    throw new Error(`Nobody answers at ${path}`);
  }
  return found;
}

/** Sends one request and reads the whole answer. */
async function send(path: string, options: RequestOptions, body = '') {
  const sent = request({ socketPath: path, method: 'POST', agent: false, ...options });
  const answered = new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
    sent.once('error', reject);
    sent.once('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => {
        resolve({ status: response.statusCode, text });
      });
    });
  });
  sent.end(body);
  return answered;
}

describe('a command over the control socket', () => {
  test('is carried out by the server, which tells how far it is, warns and reports', async () => {
    const { path, commands } = await startControl();
    commands.work = ({ onProgress, onWarning }) => {
      onWarning('that is old');
      onProgress(PROGRESS);
      return Promise.resolve();
    };
    const watch = createWatch();
    const window = { granularity: 'H1', days: 3, from: 1, to: 2 };
    const asked = { instruments: ['EUR_USD'], ...window, isAnew: true };
    const answer = await (await client(path)).backfill(asked, watch);
    expect(answer).toEqual(await new ScriptedCommands().backfill({}, createWatch()));
    expect(commands.asked).toEqual([asked]);
    expect(watch.warnings).toEqual(['that is old']);
    expect(watch.progress).toMatchObject([PROGRESS]);
    const gaps = await (await client(path)).gaps({ fill: true }, createWatch());
    expect(gaps).toEqual(await new ScriptedCommands().gaps({ fill: true }, createWatch()));
    expect(commands.asked.at(-1)).toEqual({ fill: true });
  });

  test('fails with the error of the server', async () => {
    const { path, commands, logger } = await startControl();
    const failWith = async (error: Error): Promise<unknown> => {
      commands.work = () => Promise.reject(error);
      return (await client(path)).backfill({}, createWatch()).catch((thrown: unknown) => thrown);
    };
    const wrong = await failWith(new ConfigError('--days: expected 1'));
    expect(wrong).toBeInstanceOf(ConfigError);
    expect(wrong).toHaveProperty('message', '--days: expected 1');
    expect(await failWith(new StoreError('STORE_UNAVAILABLE', 'down'))).toMatchObject({
      name: 'CommandError',
      code: 'STORE_UNAVAILABLE',
      message: 'down',
    });
    expect(logger.lines).toEqual([]);
    expect(await failWith(new TypeError('oh'))).toMatchObject({ code: 'INTERNAL', message: 'oh' });
    expect(logger.lines).toMatchObject([{ level: 'error', message: 'A command failed' }]);
  });

  test('ends when its client leaves', async () => {
    const { path, commands, logger } = await startControl();
    commands.work = untilAborted;
    const controller = new AbortController();
    const asked = (await client(path)).gaps({ fill: true }, createWatch(controller.signal));
    asked.catch(() => undefined);
    await waitFor(() => commands.running === 1, 'the command to begin');
    controller.abort(new Error('enough'));
    await expect(asked).rejects.toThrow('enough');
    await waitFor(() => commands.running === 0, 'the command to end');
    expect(logger.lines).toEqual([]);
    await expect(
      (await client(path)).gaps({ fill: true }, createWatch(controller.signal)),
    ).rejects.toThrow('enough');
  });

  test('ends when the server closes, which says so and is gone', async () => {
    const { path, commands, server } = await startControl();
    commands.work = untilAborted;
    const asked = (await client(path)).backfill({}, createWatch());
    asked.catch(() => undefined);
    const idle = connect(path);
    await once(idle, 'connect');
    await waitFor(() => commands.running === 1, 'the command to begin');
    await server.close();
    expect(commands.running).toBe(0);
    await expect(asked).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: 'The server stops',
    });
    await once(idle, 'close');
    expect(await connectControl(path)).toBeUndefined();
    await expect(stat(path)).rejects.toThrow('ENOENT');
    await server.close();
  });

  test('fails when the server is killed', async () => {
    const path = join(await createDirectoryForTest(), 'control.sock');
    const dying = createServer((socket) => {
      socket.once('data', () => socket.destroy());
    });
    onTestFinished(() => void dying.close());
    await new Promise<void>((resolve) => dying.listen(path, resolve));
    const failed = { code: 'STORE_UNAVAILABLE', message: 'The server ended before it was done' };
    await expect((await client(path)).gaps({ fill: false }, createWatch())).rejects.toMatchObject(
      failed,
    );
    dying.removeAllListeners('connection').on('connection', (socket) => {
      const line = JSON.stringify({ type: 'progress', ...PROGRESS });
      socket.on('data', () => {
        socket.end(`HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n${line}\n{"type":"rep`);
      });
    });
    const watch = createWatch();
    await expect((await client(path)).gaps({ fill: false }, watch)).rejects.toMatchObject(failed);
    expect(watch.progress).toHaveLength(1);
  });

  test('does not make the server remember for who does not read', async () => {
    const { path, commands } = await startControl();
    const told = 200_000;
    commands.work = async ({ onProgress }) => {
      for (let done = 0; done < told; done += 1) {
        onProgress({ ...PROGRESS, done });
        if (done % 10_000 === 0) {
          await new Promise((resolve) => setImmediate(resolve));
        }
      }
    };
    const sent = request({ socketPath: path, path: '/backfill', method: 'POST', agent: false });
    sent.end('{}');
    const [response] = (await once(sent, 'response')) as [NodeJS.ReadableStream];
    await waitFor(() => commands.running === 0, 'the command to end');
    let text = '';
    for await (const chunk of response) {
      text += chunk.toString();
    }
    const lines = text.trim().split('\n');
    expect(lines.length).toBeLessThan(told / 10);
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ type: 'report' });
  });
});

describe('the control socket', () => {
  test('is for its user alone', async () => {
    const { path } = await startControl();
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  test('of a server that was killed is replaced', async () => {
    const path = join(await createDirectoryForTest(), 'control.sock');
    const before = createServer();
    await new Promise<void>((resolve) => before.listen(`${path}.before`, resolve));
    // A killed server does not remove its socket: another name of it stays.
    await link(`${path}.before`, path);
    await new Promise((resolve) => before.close(resolve));
    expect(await connectControl(path)).toBeUndefined();
    await startControl(path);
    expect(await connectControl(path)).toBeDefined();
  });

  test('of a server that answers is not replaced', async () => {
    const { path, commands } = await startControl();
    const second = createControlServer({ path, commands, logger: createRecordingLogger() });
    await expect(second.start()).rejects.toMatchObject({ code: 'LISTEN_FAILED' });
    await second.close();
    await (await client(path)).backfill({}, createWatch());
  });

  test('does not take the place of a file, and needs a directory', async () => {
    const directory = await createDirectoryForTest();
    const path = join(directory, 'control.sock');
    await writeFile(path, 'mine');
    await expect(startControl(path)).rejects.toThrow('another server or a file is there');
    expect((await stat(path)).isFile()).toBe(true);
    expect(await connectControl(path)).toBeUndefined();
    await symlink(path, `${path}.link`);
    await expect(startControl(`${path}.link`)).rejects.toMatchObject({ code: 'LISTEN_FAILED' });
    const nowhere = join(directory, 'nowhere', 'control.sock');
    await expect(startControl(nowhere)).rejects.toMatchObject({ code: 'LISTEN_FAILED' });
    expect(await connectControl(nowhere)).toBeUndefined();
  });

  test('has a short path wherever the directory is', () => {
    expect(controlPath('/data', 'linux')).toBe('/data/control.sock');
    const deep = `/${'ä'.repeat(50)}`;
    expect(controlPath(deep, 'linux')).toMatch(/tickwire-[0-9a-f]{16}\.sock$/);
    expect(controlPath(deep, 'linux').startsWith(tmpdir())).toBe(true);
    expect(controlPath(deep, 'linux')).not.toBe(controlPath(`${deep}ä`, 'linux'));
    expect(controlPath('C:\\data', 'win32')).toMatch(/^\\\\\.\\pipe\\tickwire-[0-9a-f]{16}$/);
  });
});

describe('what is no request', () => {
  test.each([
    ['another path', { path: '/' }, '{}', 404],
    ['no POST', { path: '/gaps', method: 'GET' }, '', 405],
    ['no JSON', { path: '/gaps' }, '{', 400],
    ['nothing', { path: '/gaps' }, '', 400],
    ['a list', { path: '/backfill' }, '[]', 400],
    ['null', { path: '/backfill' }, 'null', 400],
    ['a field that nobody knows', { path: '/backfill' }, '{"fill":true}', 400],
    ['one that is for another command', { path: '/gaps' }, '{"fill":true,"isAnew":true}', 400],
    ['one that is missing', { path: '/gaps' }, '{}', 400],
    ['neither yes nor no', { path: '/backfill' }, '{"isAnew":"yes"}', 400],
    ['no instruments', { path: '/backfill' }, '{"instruments":[]}', 400],
    ['a long name', { path: '/backfill' }, `{"instruments":["${'A'.repeat(65)}"]}`, 400],
    [
      'many names',
      { path: '/backfill' },
      JSON.stringify({ instruments: Array(1_001).fill('A') }),
      400,
    ],
    ['no number of days', { path: '/backfill' }, '{"days":"1"}', 400],
    ['a thousand years', { path: '/backfill' }, '{"days":365000}', 400],
    ['half a day', { path: '/backfill' }, '{"days":0.5}', 400],
    ['a time before all others', { path: '/backfill' }, '{"from":-1}', 400],
    ['a time that is none', { path: '/backfill' }, '{"to":1e308}', 400],
    ['a long body', { path: '/backfill' }, ' '.repeat(200_000), 413],
  ])('is refused: %s', async (_, options, body, status) => {
    const { path, commands, logger } = await startControl();
    const answer = await send(path, options, body);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text)).toMatchObject({ type: 'error', code: 'MESSAGE_INVALID' });
    expect(commands.asked).toEqual([]);
    expect(logger.lines).toEqual([]);
    await (await client(path)).backfill({}, createWatch());
  });

  test('does no harm: bytes that are no HTTP, and half a request', async () => {
    const { path, commands, logger } = await startControl();
    const noise = connect(path);
    noise.on('error', () => undefined).resume();
    noise.write(Buffer.from([0, 255, 10, 13, 10, 13, 10]));
    await once(noise, 'close');
    const half = connect(path);
    half.write(HALF);
    await once(half, 'connect');
    half.destroy();
    await once(half, 'close');
    await (await client(path)).backfill({}, createWatch());
    expect(commands.asked).toHaveLength(1);
    expect(logger.lines).toEqual([]);
  });

  test('does not keep the server from closing', async () => {
    const { path, logger, server } = await startControl();
    const stalled = connect(path);
    stalled.on('error', () => undefined).resume();
    stalled.write(HALF);
    // The server sees its connections in their order.
    await (await client(path)).backfill({}, createWatch());
    await server.close();
    expect(logger.lines).toEqual([]);
  });
});
