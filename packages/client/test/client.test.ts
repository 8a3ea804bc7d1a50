import { describe, expect, test } from 'vitest';
import { TickwireClient } from '../src/client.ts';
import { price, recorder } from './support/events.ts';
import { ScriptedServer, ScriptedSocket } from './support/scripted-server.ts';

const PRICE = 'price:EUR_USD';

describe('a client', () => {
  test.each([
    ['ws://server:8000', 'ws://server:8000/api/v1/stream'],
    ['http://server:8000/', 'ws://server:8000/api/v1/stream'],
    ['https://server/prefix/?token=1#hash', 'wss://server/prefix/api/v1/stream?token=1'],
    ['wss://server/api/v1/stream', 'wss://server/api/v1/stream'],
  ])('takes %s for the address of a server', (url, address) => {
    const server = new ScriptedServer({ url });
    void server.client.connect().catch(() => undefined);
    expect(server.socket.url).toBe(address);
  });

  test('throws for what is no address, and where there is no WebSocket', () => {
    const options = { WebSocket: ScriptedSocket };
    expect(() => new TickwireClient({ ...options, url: 'nonsense' })).toThrow(TypeError);
    expect(() => new TickwireClient({ ...options, url: 'ftp://server' })).toThrow('Expected a ws');
    const { WebSocket: found } = globalThis as { WebSocket?: unknown };
    Reflect.deleteProperty(globalThis, 'WebSocket');
    try {
      expect(() => new TickwireClient({ url: 'ws://server' })).toThrow('no global WebSocket');
    } finally {
      if (found !== undefined) {
        Object.assign(globalThis, { WebSocket: found });
      }
    }
  });

  test('connects with its first subscription, and asks for all at once', async () => {
    const server = new ScriptedServer();
    expect(server.client.state).toBe('idle');
    server.client.subscribe(PRICE);
    server.client.subscribe('candles:btcusdt:1', {
      history: 10,
      confirmedOnly: true,
      maxRate: 2,
    });
    expect(server.states).toEqual(['connecting']);
    const socket = await server.open();
    expect(server.client.state).toBe('connected');
    expect(socket.sent).toEqual([
      {
        op: 'subscribe',
        id: 1,
        channels: {
          [PRICE]: {},
          'candles:BTCUSDT:1': { history: 10, confirmed_only: true, max_rate: 2 },
        },
      },
    ]);
    expect(server.client.subscriptions).toEqual([PRICE, 'candles:BTCUSDT:1']);
  });

  test('hands out the state, then each message once', async () => {
    const server = new ScriptedServer();
    const { lines, handlers } = recorder();
    server.client.subscribe(PRICE, handlers);
    const socket = await server.open();
    socket.confirm({ [PRICE]: { epoch: 'e', seq: 6, snapshot: { price: price('1.1').price } } });
    socket.say({ channel: PRICE, seq: 7, data: price('1.2') });
    socket.say({ channel: PRICE, seq: 7, data: price('1.2') });
    socket.say({ channel: 'price:USD_JPY', seq: 1, data: price('9') });
    socket.say('no JSON');
    socket.say('null');
    expect(lines).toEqual(['snapshot 1.1', '7: 1.2']);
  });

  test('refuses a name that is none, one that is subscribed, and all once it is closed', () => {
    const { client } = new ScriptedServer();
    expect(() => client.subscribe('nonsense')).toThrow('There is no channel nonsense');
    client.subscribe(PRICE);
    expect(() => client.subscribe('price:eur_usd')).toThrow('subscribed already');
    client.close();
    expect(() => client.subscribe(PRICE)).toThrow('closed');
  });

  test('connects on demand, and says whether that went well', async () => {
    const server = new ScriptedServer();
    const connected = server.client.connect();
    await server.open();
    await connected;
    await server.client.connect();
    server.socket.end(1006);
    const back = server.client.connect();
    expect(server.sockets).toHaveLength(2);
    server.client.close();
    await expect(back).rejects.toThrow('The client is closed');
    await expect(server.client.connect()).rejects.toThrow('The client is closed');
  });

  test('leaves a channel at once, whatever still comes', async () => {
    const server = new ScriptedServer();
    const old = recorder();
    const subscription = server.client.subscribe(PRICE, old.handlers);
    const socket = await server.open();
    subscription.unsubscribe();
    subscription.unsubscribe();
    const { lines, handlers } = recorder();
    server.client.subscribe(PRICE, handlers);
    await server.clock.advance(0);
    expect(socket.sent.slice(1)).toEqual([
      { op: 'unsubscribe', id: 2, channels: [PRICE] },
      { op: 'subscribe', id: 3, channels: { [PRICE]: {} } },
    ]);
    const first = { [PRICE]: { epoch: 'e', seq: 1 } };
    socket.say({ op: 'subscribed', id: 1, channels: first, subscriptions: [PRICE], errors: {} });
    socket.say({ channel: PRICE, seq: 2, data: price('2') });
    socket.confirm({ [PRICE]: { epoch: 'e', seq: 2 } });
    socket.say({ channel: PRICE, seq: 3, data: price('3') });
    expect(old.lines).toEqual([]);
    expect(lines).toEqual(['3: 3']);
  });

  test('asks for many channels in requests that the server takes, and no faster than it does', async () => {
    const server = new ScriptedServer();
    for (let index = 0; index < 450; index += 1) {
      server.client.subscribe(`trades:COIN${index}`);
    }
    const socket = await server.open();
    const sizes = socket.subscribes.map(({ channels }) => Object.keys(channels).length);
    expect(sizes).toEqual([200, 200, 50]);
    for (let index = 0; index < 60; index += 1) {
      server.client.subscribe(`ticker:COIN${index}`);
      await server.clock.advance(0);
    }
    expect(socket.sent).toHaveLength(50);
    await server.clock.advance(125);
    expect(socket.sent).toHaveLength(51);
    expect(Object.keys(socket.asked)).toHaveLength(13);
  });

  test('takes the name that the server has for a channel', async () => {
    const server = new ScriptedServer();
    const { lines, handlers } = recorder();
    const subscription = server.client.subscribe('price:LINEAR_BTCUSDT', handlers);
    const socket = await server.open();
    socket.confirm({ 'price:BTCUSDT': { epoch: 'e', seq: 1 } });
    socket.say({ channel: 'price:BTCUSDT', seq: 2, data: price('2') });
    expect(lines).toEqual(['2: 2']);
    expect(subscription.channel).toBe('price:BTCUSDT');
    server.client.subscribe('price:LINEAR_BTCUSDT', handlers);
    await server.clock.advance(0);
    socket.confirm({ 'price:BTCUSDT': { epoch: 'e', seq: 2 } });
    await server.clock.advance(0);
    expect(lines.at(-1)).toBe('error INVALID_PAYLOAD final');
    expect(socket.asked).toEqual({ 'price:BTCUSDT': { since: 2, epoch: 'e' } });
  });

  test('tells why a channel is refused, and asks again where that may help', async () => {
    const errors: string[] = [];
    const server = new ScriptedServer({ onError: ({ code }) => errors.push(code) });
    const [unknown, busy] = [recorder(), recorder()];
    server.client.subscribe('price:NO_PE', unknown.handlers);
    server.client.subscribe('trades:BTCUSDT', busy.handlers);
    server.client.subscribe('ticker:NOPE');
    const socket = await server.open();
    const later = { error_code: 'RATE_LIMITED', error_message: 'Too many' };
    const never = { error_code: 'INVALID_SYMBOL', error_message: 'No such thing' };
    const refused = { 'price:NO_PE': never, 'trades:BTCUSDT': later, 'ticker:NOPE': never };
    socket.confirm({}, refused);
    expect(unknown.lines).toEqual(['error INVALID_SYMBOL final']);
    expect(busy.lines).toEqual(['error RATE_LIMITED 500']);
    expect(errors).toEqual(['INVALID_SYMBOL']);
    expect(server.client.subscriptions).toEqual(['trades:BTCUSDT']);
    await server.clock.advance(500);
    expect(socket.asked).toEqual({ 'trades:BTCUSDT': {} });
    socket.confirm({}, refused);
    await server.clock.advance(1_000);
    socket.confirm({ 'trades:BTCUSDT': { epoch: 'e', seq: 0 } });
    expect(busy.lines).toEqual(['error RATE_LIMITED 500', 'error RATE_LIMITED 1000']);
    expect(socket.subscribes).toHaveLength(3);
  });

  test('ends what a malformed request asked for', async () => {
    const server = new ScriptedServer();
    const { lines, handlers } = recorder();
    server.client.subscribe(PRICE, handlers);
    const socket = await server.open();
    socket.say({ op: 'error', id: 1, error_code: 'INVALID_MESSAGE', error_message: 'What?' });
    expect(lines).toEqual(['error INVALID_MESSAGE final']);
    expect(server.client.state).toBe('connected');
  });

  test('goes on where the code of its user fails', async () => {
    const failures: unknown[] = [];
    const take = (error: unknown): void => void failures.push(error);
    const others = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException').on('uncaughtException', take);
    try {
      const server = new ScriptedServer();
      const { lines, handlers } = recorder();
      server.client.subscribe(PRICE, {
        ...handlers,
        onSnapshot: () => {
          throw new Error('mine');
        },
      });
      const socket = await server.open();
      socket.confirm({ [PRICE]: { epoch: 'e', seq: 1, snapshot: { price: price('1').price } } });
      socket.say({ channel: PRICE, seq: 2, data: price('2') });
      await server.clock.advance(0);
      expect(lines).toEqual(['2: 2']);
      expect(failures).toEqual([new Error('mine')]);
    } finally {
      process.removeListener('uncaughtException', take);
      others.forEach((other) => process.on('uncaughtException', other));
    }
  });
});
