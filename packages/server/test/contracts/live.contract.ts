import { ERROR_CODES } from '@tickwire/protocol';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { LiveSocket } from '../support/live-socket.ts';
import { waitFor } from '../support/wait-for.ts';

/** A server under test: its address, and a way to end it. */
export interface LiveServerUnderTest {
  readonly url: string;
  close(): Promise<void>;
}

/** What any of our times looks like on the wire. */
export const TIMESTAMP = expect.stringMatching(
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
) as string;
/** What any price or size that is not below zero looks like on the wire. */
export const DECIMAL = expect.stringMatching(/^\d+(\.\d+)?$/) as string;
const PRICE = {
  bid: DECIMAL,
  ask: DECIMAL,
  mid: DECIMAL,
  time: expect.stringMatching(/^\d{4}-.*\.\d{9}Z$/) as string,
};

/**
 * What a client that speaks WebSocket itself may rely on (PROTOCOL.md, "Plain WebSocket"). Written
 * against a URL; the server must have prices of EUR_USD.
 */
export function testLiveProtocol(start: () => Promise<LiveServerUnderTest>): void {
  describe('plain WebSocket', () => {
    let server: LiveServerUnderTest;
    const sockets: LiveSocket[] = [];

    beforeAll(async () => {
      server = await start();
      await waitFor(async () => {
        const probe = open('prices/EUR_USD');
        await probe.message(1);
        return true;
      }, 'a first price');
    });
    afterEach(() => {
      for (const { socket } of sockets.splice(0)) {
        socket.terminate();
      }
    });
    afterAll(() => server.close());

    const open = (path: string): LiveSocket => {
      const socket = new LiveSocket(server.url, path);
      sockets.push(socket);
      return socket;
    };

    test('confirms, sends the last price, then every new one', async () => {
      const socket = open('prices/eur%5Fusd');
      await socket.message(5);
      const [confirmation, snapshot, ...updates] = socket.messages;
      expect(confirmation).toEqual({
        success: true,
        message: 'Subscribed to EUR_USD prices',
        subscription: { action: 'subscribe', type: 'prices', symbol: 'EUR_USD' },
      });
      const subscribed = { subscription: 'prices', symbol: 'EUR_USD', price: PRICE };
      expect(snapshot).toEqual({ type: 'snapshot', ...subscribed, timestamp: TIMESTAMP });
      for (const update of updates) {
        expect(update).toEqual({ type: 'update', ...subscribed, received_at: TIMESTAMP });
      }
    });

    test('sends no snapshot to whom does not want one', async () => {
      const socket = open('prices/EUR_USD?snapshot=0');
      expect(await socket.message(1)).toMatchObject({ type: 'update' });
    });

    test('answers the text ping', async () => {
      const socket = open('prices/EUR_USD');
      await socket.message(0);
      socket.socket.send('ping');
      await waitFor(() => socket.texts.includes('pong'), 'the pong');
    });

    test.each(['hello', '{"op":"subscribe"}', '', Buffer.from('ping')])(
      'says that it did not expect %o, and stays open',
      async (message) => {
        const socket = open('prices/EUR_USD');
        await socket.message(0);
        socket.socket.send(message);
        const error = await waitFor(
          () => socket.messages.find((each) => 'type' in each && each.type === 'error'),
          'the error',
        );
        expect(error).toEqual({
          type: 'error',
          error_code: 'INVALID_MESSAGE',
          error_message: 'Expected nothing but the text "ping"',
          details: {},
          timestamp: TIMESTAMP,
        });
        const seen = socket.messages.length;
        await socket.message(seen);
        expect(socket.closedWith).toBeUndefined();
      },
    );

    test.each(['prices/NOPE_USD', 'prices', 'prices/', 'prices/%00', `prices/${'x'.repeat(500)}`])(
      'refuses the symbol of %s by an error and a close code',
      async (path) => {
        const socket = open(path);
        expect(await socket.closed()).toEqual({
          code: ERROR_CODES.INVALID_SYMBOL.close,
          reason: 'INVALID_SYMBOL',
        });
        expect(socket.messages).toMatchObject([{ type: 'error', error_code: 'INVALID_SYMBOL' }]);
        expect(socket.texts.join('').length).toBeLessThan(400);
      },
    );

    test.each(['nonsense/EUR_USD', 'prices/EUR_USD/1', '', '../xxxprices/EUR_USD'])(
      'has no such address as %s',
      async (path) => {
        const socket = open(path);
        await waitFor(() => socket.error, 'the refusal');
        expect(socket.error?.message).toContain('404');
      },
    );

    test('closes a client that sends too many messages, and nobody else', async () => {
      const witness = open('prices/EUR_USD');
      const socket = open('prices/EUR_USD');
      await socket.message(0);
      for (let count = 0; count < 500; count += 1) {
        socket.socket.send('ping');
      }
      expect(await socket.closed()).toEqual({
        code: ERROR_CODES.RATE_LIMITED.close,
        reason: 'RATE_LIMITED',
      });
      expect(socket.messages.at(-1)).toMatchObject({ error_code: 'RATE_LIMITED', retry_after: 1 });
      const seen = witness.messages.length;
      await witness.message(seen + 1);
    });

    test('closes a client that sends too long a message, or breaks the protocol', async () => {
      const socket = open('prices/EUR_USD');
      await socket.message(0);
      socket.socket.send('x'.repeat(100_000));
      expect(await socket.closed()).toMatchObject({ code: 1009 });
    });
  });
}
