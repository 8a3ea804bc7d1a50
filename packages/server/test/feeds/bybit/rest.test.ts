import { RequestGate } from '../../../src/feeds/bybit/request-gate.ts';
import type { ServerResponse } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import { BybitRest } from '../../../src/feeds/bybit/rest.ts';
import { SymbolList } from '../../../src/feeds/bybit/symbols.ts';
import { answer, startFakeVenue } from '../../support/fake-venue.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { waitFor } from '../../support/wait-for.ts';

const TIME = Date.UTC(2026, 0, 5, 12);
const { signal } = new AbortController();

const good = (result: object): object => ({ retCode: 0, retMsg: 'OK', result, time: TIME });

async function setUp(
  respond: (query: URLSearchParams, response: ServerResponse, endpoint: string) => void,
  category: 'linear' | 'spot' = 'linear',
) {
  const venue = await startFakeVenue((path, response) => {
    const { pathname, searchParams } = new URL(path, 'http://venue');
    respond(searchParams, response, pathname.replace('/v5/market/', ''));
  });
  const clock = new ManualClock(TIME);
  const hosts = { restUrl: venue.url, wsUrl: '' };
  const rest = new BybitRest(
    { hosts, category, instrumentPrefix: '', bookDepth: 50 },
    clock,
    new RequestGate(clock),
  );
  onTestFinished(() => {
    rest.release();
  });
  return { venue, clock, rest };
}

const failureOf = async (asking: Promise<unknown>): Promise<unknown> =>
  asking.then(
    () => 'no failure',
    (error: unknown) => error,
  );

describe('BybitRest', () => {
  test('asks for candles as the venue wants to be asked', async () => {
    const { rest, venue, clock } = await setUp((_, response) => {
      answer(response, 200, good({ list: [] }));
    });
    const range = { symbol: 'BTCUSDT', interval: '5' as const, since: 1_000, end: 2_000 };
    expect(await rest.klinesSince(range, signal)).toEqual({
      candles: [],
      finalUntil: TIME - 1_000,
    });
    await rest.newestKlines('BTC-26DEC25', 'D', 200, signal);
    expect(venue.requests.map(({ path }) => path)).toEqual([
      '/v5/market/kline?category=linear&symbol=BTCUSDT&interval=5&start=1000&end=2000&limit=1000',
      '/v5/market/kline?category=linear&symbol=BTC-26DEC25&interval=D&limit=200',
    ]);
    expect(clock.waiting).toBe(0);
  });

  test('takes a candle for final a second after its end', async () => {
    const row = (start: number): string[] => [String(start), '1', '1', '1', '1', '1', '1'];
    const { rest } = await setUp((_, response) => {
      const starts = [TIME - 60_000, TIME - 120_000];
      answer(response, 200, { ...good({ list: starts.map(row) }), time: TIME + 999 });
    });
    const { candles } = await rest.newestKlines('BTCUSDT', '1', 200, signal);
    expect(candles.map(({ isConfirmed }) => isConfirmed)).toEqual([true, false]);
  });

  test.each([
    ['linear', '1000'],
    ['spot', '60'],
  ] as const)('asks on %s for the newest %s trades', async (category, limit) => {
    let asked: string | null = '';
    const { rest } = await setUp((query, response) => {
      asked = query.get('limit');
      answer(response, 200, good({ list: [] }));
    }, category);
    expect(await rest.recentTrades('BTCUSDT', signal)).toEqual([]);
    expect(asked).toBe(limit);
  });

  test('turns every page of the list of symbols', async () => {
    const { rest, venue } = await setUp((query, response) => {
      const page = Number((query.get('cursor') ?? 'page=0&').slice(5, -1));
      const nextPageCursor = page === 2 ? '' : `page=${page + 1}&`;
      answer(response, 200, good({ list: [{ symbol: `A${page}USDT` }], nextPageCursor }));
    });
    expect(await rest.symbols()).toEqual(new Set(['A0USDT', 'A1USDT', 'A2USDT']));
    expect(venue.requests).toHaveLength(3);
  });

  test('does not turn pages for ever', async () => {
    const { rest, venue } = await setUp((_, response) => {
      answer(response, 200, good({ list: [{ symbol: 'AUSDT' }], nextPageCursor: 'again' }));
    });
    expect(await rest.symbols()).toEqual(new Set(['AUSDT']));
    expect(venue.requests).toHaveLength(2);
  });

  const FAILURES: [number, unknown, object][] = [
    [200, { retCode: 10_006, retMsg: 'Too many visits!' }, { code: 'FEED_RATE_LIMITED' }],
    [200, { retCode: 10_001, retMsg: 'params error' }, { code: 'FEED_REFUSED' }],
    [
      200,
      good({ list: {} }),
      { code: 'FEED_INVALID_ANSWER', message: 'Expected a JSON list, got object (kline)' },
    ],
    [200, '<html>', { code: 'FEED_INVALID_ANSWER', message: 'Expected JSON (kline)' }],
    [429, 'slow down', { code: 'FEED_RATE_LIMITED', message: 'Bybit answered 429: slow down' }],
    [503, '<html>', { code: 'FEED_UNAVAILABLE', message: 'Bybit answered 503', status: 503 }],
    [404, 'nothing', { code: 'FEED_REFUSED', message: 'Bybit answered 404: nothing' }],
  ];
  test.each(FAILURES)('says what %i %j means', async (status, body, expected) => {
    const { rest, clock } = await setUp((_, response) => {
      answer(response, status, body);
    });
    const asking = rest.newestKlines('BTCUSDT', '1', 200, signal);
    expect(await failureOf(asking)).toMatchObject({ name: 'FeedError', ...expected });
    expect(clock.waiting).toBe(0);
  });

  test('leaves a venue alone that has banned the address, for ten minutes', async () => {
    let isBanned = true;
    const { rest, venue, clock } = await setUp((_, response) => {
      answer(response, isBanned ? 403 : 200, isBanned ? 'access too frequent' : good({ list: [] }));
    });
    expect(await failureOf(rest.recentTrades('BTCUSDT', signal))).toMatchObject({
      code: 'FEED_RATE_LIMITED',
      message: 'Bybit answered 403: access too frequent',
      retryAfterMs: 600_000,
    });
    isBanned = false;
    await clock.advance(599_000);
    expect(await failureOf(rest.recentTrades('BTCUSDT', signal))).toMatchObject({
      message: 'Bybit has banned this address for another 1 s',
      retryAfterMs: 1_000,
    });
    expect(venue.requests).toHaveLength(1);
    await clock.advance(1_000);
    expect(await rest.recentTrades('BTCUSDT', signal)).toEqual([]);
  });

  test('gives up after ten seconds on a venue that does not answer', async () => {
    const { rest, venue, clock } = await setUp(() => undefined);
    const asking = failureOf(rest.recentTrades('BTCUSDT', signal));
    await waitFor(() => venue.requests.length === 1, 'the request');
    await clock.advance(10_000);
    expect(await asking).toMatchObject({
      code: 'FEED_TIMEOUT',
      message: 'No answer from Bybit within 10 s',
    });
  });

  test('gives up on an answer that breaks off, and on a venue that is not there', async () => {
    const { rest, venue } = await setUp((_, response) => {
      response.writeHead(200, { 'Content-Length': '100' });
      response.write('{"retCode":0,');
      response.destroy();
    });
    expect(await failureOf(rest.recentTrades('BTCUSDT', signal))).toMatchObject({
      code: 'FEED_UNREACHABLE',
    });
    await venue.close();
    expect(await failureOf(rest.recentTrades('BTCUSDT', signal))).toMatchObject({
      code: 'FEED_UNREACHABLE',
      message: 'Bybit cannot be reached: ECONNREFUSED',
    });
  });

  test('asks at most four questions at a time', async () => {
    const waiting: ServerResponse[] = [];
    const { rest } = await setUp((_, response) => {
      waiting.push(response);
    });
    const asking = Array.from({ length: 9 }, () => rest.recentTrades('BTCUSDT', signal));
    for (let answered = 0; answered < 9; answered += 1) {
      const response = await waitFor(() => waiting[answered], 'a question');
      expect(waiting.length - answered).toBeLessThanOrEqual(4);
      answer(response, 200, good({ list: [] }));
    }
    await Promise.all(asking);
  });
});

describe('SymbolList', () => {
  test('asks once for all who ask, and again after a minute for what is not there', async () => {
    let list = [{ symbol: 'AUSDT' }];
    const { rest, venue, clock } = await setUp((_, response) => {
      answer(response, 200, good({ list, nextPageCursor: '' }));
    });
    const symbols = new SymbolList(rest, clock);
    expect(symbols.isMissing('BUSDT')).toBe(false);
    expect(await Promise.all([symbols.has('AUSDT'), symbols.has('BUSDT')])).toEqual([true, false]);
    expect(symbols.isMissing('BUSDT')).toBe(true);
    list = [{ symbol: 'BUSDT' }];
    await clock.advance(59_999);
    expect(await symbols.has('BUSDT')).toBe(false);
    expect(venue.requests).toHaveLength(1);
    await clock.advance(1);
    expect(await symbols.has('AUSDT')).toBe(true);
    expect(await symbols.has('BUSDT')).toBe(true);
    expect(symbols.isMissing('BUSDT')).toBe(false);
    expect(venue.requests).toHaveLength(2);
  });

  test('keeps a list that cannot be had anew, and a failure for a second', async () => {
    let status = 503;
    const { rest, venue, clock } = await setUp((_, response) => {
      answer(response, status, good({ list: [{ symbol: 'AUSDT' }] }));
    });
    const symbols = new SymbolList(rest, clock);
    expect(await failureOf(symbols.has('AUSDT'))).toMatchObject({ code: 'FEED_UNAVAILABLE' });
    expect(await failureOf(symbols.has('AUSDT'))).toMatchObject({ code: 'FEED_UNAVAILABLE' });
    expect(venue.requests).toHaveLength(1);
    status = 200;
    await clock.advance(1_000);
    expect(await symbols.has('AUSDT')).toBe(true);
    status = 503;
    await clock.advance(60_000);
    expect(await failureOf(symbols.current())).toMatchObject({ code: 'FEED_UNAVAILABLE' });
    expect(await symbols.has('AUSDT')).toBe(true);
    expect(symbols.isMissing('BUSDT')).toBe(true);
  });
});
