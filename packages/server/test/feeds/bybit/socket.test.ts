import { describe, expect, test } from 'vitest';
import type { FeedError } from '../../../src/domain/errors.ts';
import { BybitSocket } from '../../../src/feeds/bybit/socket.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { waitFor } from '../../support/wait-for.ts';
import { type FakeSockets, startFakeSockets, startRawServer } from './fake-sockets.ts';

function connectTo(url: string) {
  const clock = new ManualClock();
  const stop = new AbortController();
  const texts: string[] = [];
  const socket = new BybitSocket({
    url,
    clock,
    signal: stop.signal,
    onFrame: (text) => {
      texts.push(text);
      if (text === 'throw') {
        throw new Error('a fault of ours');
      }
    },
  });
  const ended = socket.ended.then(
    () => 'resolved',
    (error: unknown) => error as FeedError,
  );
  return { clock, stop, texts, socket, ended };
}

async function connect() {
  const venue = await startFakeSockets();
  const connection = connectTo(venue.url);
  await connection.socket.opened();
  return { venue, ...connection };
}

const pings = ({ frames }: FakeSockets): number => frames.filter(({ op }) => op === 'ping').length;

describe('BybitSocket', () => {
  test('pings every nine seconds, and lives as long as there are answers', async () => {
    const { venue, clock, texts, stop, ended } = await connect();
    for (let count = 1; count <= 8; count += 1) {
      await clock.advance(9_000);
      await waitFor(() => pings(venue) === count, `ping ${count}`);
      venue.send({ success: true, ret_msg: 'pong', op: 'ping' });
      await waitFor(() => texts.length === count, 'the pong');
    }
    stop.abort();
    expect(await ended).toBe('resolved');
    expect(clock.waiting).toBe(0);
  });

  test.each([0, 500, 8_999])(
    'is dead after 28 seconds without a word, if the last came after %i ms',
    async (lastMs) => {
      const { venue, clock, texts, ended } = await connect();
      await clock.advance(lastMs);
      venue.send('{}');
      await waitFor(() => texts.length === 1, 'the last word');
      await clock.advance(27_999);
      expect(clock.waiting).toBe(1);
      await clock.advance(1);
      expect(await ended).toMatchObject({
        code: 'FEED_SILENT',
        message: 'Nothing from Bybit for 28 s',
      });
      expect(clock.waiting).toBe(0);
      await waitFor(() => venue.connections[0]?.socket.readyState === 3, 'the socket to be gone');
    },
  );

  test('finds the question of each answer, in whatever order they come', async () => {
    const { venue, socket, clock, stop } = await connect();
    const answers = [
      socket.request('subscribe', ['a']),
      socket.request('subscribe', ['b']),
      socket.request('unsubscribe', ['a']),
    ];
    await waitFor(() => venue.frames.length === 3, 'all questions');
    expect(venue.frames.map(({ op, args }) => [op, args])).toEqual([
      ['subscribe', ['a']],
      ['subscribe', ['b']],
      ['unsubscribe', ['a']],
    ]);
    const ids = venue.frames.map(({ req_id: id = '' }) => id);
    const settle = (requestId = '', message = ''): boolean =>
      socket.settle({ type: 'answer', requestId, isSuccess: true, message });
    expect([settle(ids[1], 'B'), settle(ids[0], 'A'), settle(ids[2], 'C')]).toEqual([
      true,
      true,
      true,
    ]);
    expect([settle(ids[1]), settle(''), settle('99')]).toEqual([false, false, false]);
    const messages = (await Promise.all(answers)).map(({ message }) => message);
    expect(messages).toEqual(['A', 'B', 'C']);
    // The watch alone is left.
    expect(clock.waiting).toBe(1);
    stop.abort();
  });

  test('gives up on a venue that leaves a question open for ten seconds', async () => {
    const { venue, socket, clock, texts, ended } = await connect();
    void socket.request('subscribe', ['a']);
    await clock.advance(9_500);
    venue.send('{}');
    await waitFor(() => texts.length === 1, 'a frame');
    await clock.advance(500);
    expect(await ended).toMatchObject({
      code: 'FEED_TIMEOUT',
      message: 'No answer from Bybit to subscribe',
    });
    expect(clock.waiting).toBe(0);
  });

  test('leaves no open question behind', async () => {
    const { venue, socket, clock, ended } = await connect();
    void socket.request('subscribe', ['a']);
    void socket.request('subscribe', ['b']);
    await waitFor(() => venue.frames.length === 2, 'the questions');
    venue.connections[0]?.socket.close();
    expect(await ended).toMatchObject({ code: 'FEED_STREAM_ENDED' });
    expect(clock.waiting).toBe(0);
  });

  test('takes no question any more once it has ended', async () => {
    const { venue, socket, clock, stop, ended } = await connect();
    stop.abort();
    void socket.request('subscribe', ['a']);
    await ended;
    void socket.request('unsubscribe', ['a']);
    expect([clock.waiting, venue.frames]).toEqual([0, []]);
  });

  test('gives up after ten seconds on a handshake that nobody answers', async () => {
    const { clock, ended } = connectTo(await startRawServer());
    await clock.advance(9_999);
    expect(clock.waiting).toBe(1);
    await clock.advance(1);
    expect(await ended).toMatchObject({
      code: 'FEED_TIMEOUT',
      message: 'No answer from Bybit to the handshake',
    });
    expect(clock.waiting).toBe(0);
  });

  test.each([
    [403, { code: 'FEED_REFUSED', retryAfterMs: 600_000 }],
    [404, { code: 'FEED_REFUSED', retryAfterMs: undefined }],
    [429, { code: 'FEED_RATE_LIMITED' }],
    [503, { code: 'FEED_UNAVAILABLE' }],
    [200, { code: 'FEED_REFUSED' }],
  ])('says what an answer of %i to the handshake means', async (status, expected) => {
    const url = await startRawServer(`HTTP/1.1 ${status} x\r\nContent-Length: 6\r\n\r\n<html>`);
    const { ended, clock } = connectTo(url);
    expect(await ended).toMatchObject({
      ...expected,
      status,
      message: `Bybit answered ${status} to the handshake`,
    });
    expect(clock.waiting).toBe(0);
  });

  test('says what else can become of a handshake', async () => {
    const rubbish = connectTo(await startRawServer('rubbish'));
    expect(await rubbish.ended).toMatchObject({ code: 'FEED_UNREACHABLE' });
    const nobody = connectTo('ws://127.0.0.1:1');
    expect(await nobody.ended).toMatchObject({
      code: 'FEED_UNREACHABLE',
      message: 'Bybit cannot be reached: ECONNREFUSED',
    });
    const stopped = connectTo(await startRawServer());
    stopped.stop.abort();
    expect(await stopped.ended).toBe('resolved');
    expect([rubbish.clock.waiting, nobody.clock.waiting, stopped.clock.waiting]).toEqual([0, 0, 0]);
  });

  test('says how the venue ended the connection', async () => {
    const closed = await connect();
    closed.venue.connections[0]?.socket.close(1_001);
    expect(await closed.ended).toMatchObject({
      code: 'FEED_STREAM_ENDED',
      message: 'Bybit closed the connection (1001)',
    });
    const broken = await connect();
    broken.venue.connections[0]?.socket.terminate();
    expect(await broken.ended).toMatchObject({ code: 'FEED_STREAM_ENDED' });
  });

  test('ends with what its reader throws', async () => {
    const { venue, ended } = await connect();
    venue.send('throw');
    expect(await ended).toMatchObject({
      code: 'FEED_INVALID_ANSWER',
      message: 'a fault of ours',
    });
  });

  test('reads long frames, passes over binary ones, and ends at what is too long', async () => {
    const { venue, texts, ended } = await connect();
    venue.send(Buffer.from('binary'));
    venue.send(`"${'x'.repeat(4_000_000)}"`);
    await waitFor(() => texts.length === 1, 'the long frame');
    expect(texts[0]).toHaveLength(4_000_002);
    venue.send(`"${'x'.repeat(4_200_000)}"`);
    expect(await ended).toMatchObject({ code: 'FEED_STREAM_ENDED' });
  });
});
