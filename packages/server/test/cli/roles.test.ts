import { expect, test } from 'vitest';
import { createServer } from 'node:net';
import { ONE_PORT } from '../support/one-port.ts';
import { endOf, runProgram } from '../support/program.ts';
import { describeWithRedis, startRedisForTest } from '../support/redis.ts';
import { createDirectoryForTest } from '../support/temporary-directory.ts';
import { waitFor } from '../support/wait-for.ts';

test('serve --roles is refused where there is no Redis, or no such role', async () => {
  const folder = await createDirectoryForTest();
  const alone = await endOf(runProgram(folder, ['serve', '--roles', 'gateway'], ONE_PORT));
  expect(alone).toMatchObject({ code: 2, output: '' });
  expect(alone.errors).toMatch(/^tickwire: ROLES: expected all of .*, got 'gateway'\n$/);
  const env = { ...ONE_PORT, REDIS_URL: 'redis://127.0.0.1:1' };
  const wrong = await endOf(runProgram(folder, ['serve', '--roles', 'all'], env));
  expect(wrong).toMatchObject({ code: 2, output: '' });
  expect(wrong.errors).toMatch(/^tickwire: ROLES: expected some of .*, got 'all'\n$/);
});

test('check-config says what a process does, and no password', async () => {
  const folder = await createDirectoryForTest();
  const env = { REDIS_URL: 'redis://:hidden@127.0.0.1:1', ROLES: 'gateway,api' };
  const { code, output } = await endOf(runProgram(folder, ['check-config'], env));
  expect(code).toBe(0);
  expect(output).toContain('\nREDIS_URL=***\n');
  expect(output).toContain('\nROLES=gateway,api\n');
  expect(output).not.toContain('hidden');
});

describeWithRedis('a process that has clients alone', () => {
  test('says what it does, names no venue, and connects to none', async () => {
    const redis = await startRedisForTest();
    let connections = 0;
    const venue = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => venue.listen(0, '127.0.0.1', resolve));
    const address = venue.address();
    const host = `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    const folder = await createDirectoryForTest();
    const program = runProgram(folder, ['serve', '--roles', 'gateway,api'], {
      ...ONE_PORT,
      // Over what the flag says.
      ROLES: 'ingest',
      REDIS_URL: redis.url,
      OANDA_URL: `http://${host}`,
      OANDA_STREAM_URL: `http://${host}`,
      BYBIT_WS_URL: `ws://${host}`,
      BYBIT_REST_URL: `http://${host}`,
    });
    await waitFor(() => program.output().includes('Tickwire is ready'), 'a process');
    const port = /Listening on http:\/\/127\.0\.0\.1:(\d+) /.exec(program.output())?.[1];
    const health = await fetch(`http://127.0.0.1:${port}/health`);
    expect(await health.json()).toMatchObject({ status: 'healthy', feeds: [] });
    expect(program.output()).toContain(`on Redis 127.0.0.1:${redis.port}`);
    expect(program.output()).toContain('none is kept by this process');
    expect(program.output()).not.toMatch(/OANDA|Bybit|SIMULATED/);
    program.child.kill('SIGTERM');
    expect(await program.exited).toBe(0);
    expect(connections).toBe(0);
    expect(program.errors()).toBe('');
    venue.close();
  });
});
