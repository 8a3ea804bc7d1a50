import { ERROR_CODES } from '@tickwire/protocol';
import { describe, expect, test } from 'vitest';
import { ScriptedServer } from './support/scripted-server.ts';

const PRICE = 'price:EUR_USD';

async function connected(): Promise<ScriptedServer> {
  const server = new ScriptedServer();
  server.client.subscribe(PRICE);
  await server.open();
  server.states.length = 0;
  return server;
}

describe('a connection that is lost', () => {
  test('is tried again by itself, after a backoff with full jitter', async () => {
    const server = await connected();
    // No longer than it has been away already, but for the first: half of 1, 2, 2, 2.5 s …
    for (const waitMs of [500, 1_000, 1_000, 1_250, 1_875, 2_813, 4_219, 6_329, 9_493]) {
      server.socket.end(1006);
      expect(server.states.at(-1)).toBe(`waiting ${waitMs}`);
      await server.clock.advance(waitMs - 1);
      expect(server.client.state).toBe('waiting');
      await server.clock.advance(1);
      expect(server.client.state).toBe('connecting');
    }
    await server.open();
    expect(server.socket.subscribes).toHaveLength(1);
  });

  test('begins anew with the backoff once a connection has lived for a while', async () => {
    const server = await connected();
    server.socket.end(1006);
    await server.clock.advance(500);
    await server.open();
    server.socket.end(1006);
    expect(server.states.at(-1)).toBe('waiting 1000');
    await server.clock.advance(1_000);
    await server.open();
    await server.clock.advance(2_000);
    server.socket.end(1006);
    expect(server.states.at(-1)).toBe('waiting 500');
  });

  test.each(Object.entries(ERROR_CODES))('after %s does as its code says', async (code, rule) => {
    const server = await connected();
    const error = { op: 'error', error_code: code, error_message: 'Why' };
    server.socket.say(rule.reconnect === 'later' ? { ...error, retry_after: 3 } : error);
    server.socket.end(rule.close ?? 1006, code);
    expect(server.states).toEqual([
      {
        never: 'refused',
        later: 'waiting 3300',
        recover: 'waiting 0',
        backoff: 'waiting 500',
        open: 'waiting 500',
      }[rule.reconnect],
    ]);
    await server.clock.advance(100_000);
    expect(server.sockets.length > 1).toBe(rule.reconnect !== 'never');
  });

  test('does not come back at once from being too slow, time after time', async () => {
    const server = await connected();
    server.socket.end(4008);
    await server.clock.advance(0);
    await server.open();
    server.socket.end(4008);
    expect(server.states.at(-1)).toBe('waiting 1000');
  });

  test('goes by what was said where it broke before the close', async () => {
    const server = await connected();
    const error = { op: 'error', error_code: 'UNAUTHORIZED', error_message: 'Who are you?' };
    server.socket.say(error);
    server.socket.end(1006);
    expect(server.states).toEqual(['refused']);
  });

  test('comes back from an error that is newer than the client', async () => {
    const server = await connected();
    server.socket.say({ op: 'error', error_code: 'TOO_EARLY', error_message: 'Wait' });
    server.socket.end(4499);
    expect(server.states).toEqual(['waiting 500']);
  });

  test('is given up for good when the server will not have the client, until it is asked to', async () => {
    const errors: string[] = [];
    const server = new ScriptedServer({ onError: ({ message }) => errors.push(message) });
    server.client.subscribe(PRICE);
    const waiting = server.client.connect();
    await server.clock.advance(0);
    server.socket.say({ op: 'error', error_code: 'UNAUTHORIZED', error_message: 'Who are you?' });
    server.socket.end(4401, 'UNAUTHORIZED');
    await expect(waiting).rejects.toMatchObject({ code: 'UNAUTHORIZED', message: 'Who are you?' });
    expect(errors).toEqual(['Who are you?']);
    server.client.subscribe('price:USD_JPY');
    expect(server.sockets).toHaveLength(1);
    const again = server.client.connect();
    await server.open();
    await again;
    expect(Object.keys(server.socket.asked)).toEqual([PRICE, 'price:USD_JPY']);
  });
});

describe('a server that is silent', () => {
  test('is asked whether it is there, and left where it does not answer', async () => {
    const server = await connected();
    const { socket, clock } = server;
    await clock.advance(29_999);
    expect(socket.sent).toHaveLength(1);
    await clock.advance(1);
    expect(socket.sent.at(-1)).toEqual({ op: 'ping' });
    await clock.advance(10_000);
    expect(socket.ended).toBe('terminated');
    expect(server.states).toEqual(['waiting 500']);
    socket.end(1006);
    expect(server.states).toEqual(['waiting 500']);
  });

  test('is not left where anything comes', async () => {
    const server = await connected();
    const { socket, clock } = server;
    await clock.advance(20_000);
    socket.say({ op: 'pong', timestamp: '' });
    await clock.advance(29_000);
    expect(socket.sent).toHaveLength(1);
    await clock.advance(1_000);
    expect(socket.sent).toHaveLength(2);
    await clock.advance(5_000);
    socket.say({ op: 'pong', timestamp: '' });
    await clock.advance(35_000);
    expect(socket.sent).toHaveLength(3);
    expect(server.states).toEqual([]);
  });

  test('is left where it does not even connect', async () => {
    const server = new ScriptedServer();
    server.client.subscribe(PRICE);
    await server.clock.advance(10_000);
    expect(server.states).toEqual(['connecting', 'waiting 500']);
    expect(server.sockets[0]?.ended).toBe('terminated');
    server.sockets[0]?.open();
    expect(server.client.state).toBe('waiting');
  });
});

describe('close', () => {
  test('ends everything, and leaves nothing that waits', async () => {
    const server = await connected();
    server.client.close();
    server.client.close();
    expect(server.socket.ended).toBe(1000);
    expect(server.states).toEqual(['closed']);
    expect(server.client.subscriptions).toEqual([]);
    expect(server.clock.waiting).toBe(0);
  });

  test('ends an attempt that is to come', async () => {
    const server = await connected();
    server.socket.end(1006);
    server.client.close();
    await server.clock.advance(60_000);
    expect(server.sockets).toHaveLength(1);
    expect(server.clock.waiting).toBe(0);
  });
});
