import type { ServerResponse } from 'node:http';
import type { Quote } from '@tickwire/protocol';
import { expect, onTestFinished, test } from 'vitest';
import { OandaFeed } from '../../../src/feeds/oanda/feed.ts';
import { answer, startFakeVenue } from '../../support/fake-venue.ts';
import { createScaledClock } from '../../support/scaled-clock.ts';
import { waitFor } from '../../support/wait-for.ts';

const ACCOUNT = '101-001-1-001';
const PAIRS = ['EUR_USD', 'GBP_USD'];

const priceLine = (instrument: string, bid = '1.1'): string =>
  `${JSON.stringify({
    type: 'PRICE',
    time: '2026-01-05T12:00:00.000000000Z',
    bids: [{ price: bid, liquidity: 1 }],
    asks: [{ price: '1.2', liquidity: 1 }],
    tradeable: true,
    instrument,
  })}\n`;

/** A venue with two pairs, whose stream does what the test says. */
async function follow(stream: (response: ServerResponse, instruments: string[]) => void) {
  const venue = await startFakeVenue((path, response) => {
    const { pathname, searchParams } = new URL(path, 'http://venue');
    const instruments = (searchParams.get('instruments') ?? '').split(',');
    if (pathname.endsWith('/stream')) {
      stream(response, instruments);
    } else if (pathname.endsWith('/pricing')) {
      const isRefused = instruments.includes('GBP_USD');
      const body = { errorMessage: "Invalid value specified for 'instruments'" };
      answer(response, isRefused ? 400 : 200, isRefused ? body : { prices: [] });
    } else if (pathname.endsWith('/instruments')) {
      answer(response, 200, { instruments: PAIRS.map((name) => ({ name })) });
    } else {
      answer(response, 200, { accounts: [{ id: ACCOUNT }] });
    }
  });
  const stop = new AbortController();
  onTestFinished(() => {
    stop.abort();
  });
  const hosts = { restUrl: venue.url, streamUrl: venue.url };
  const config = { hosts, apiKey: 'any', instruments: PAIRS };
  const feed = new OandaFeed(config, createScaledClock(20));
  const quotes: Quote[] = [];
  const unknown: string[][] = [];
  const rejected: string[] = [];
  const once = (): Promise<unknown> =>
    feed
      .follow(
        {
          onConnected: () => undefined,
          onQuote: (quote) => quotes.push(quote),
          onUnavailable: (each) => unknown.push(each.map(({ instrument }) => instrument)),
          onEvent: () => undefined,
          onHistory: () => undefined,
          onStateLost: () => undefined,
          onData: () => undefined,
          onRejectedFrame: (reason) => rejected.push(reason),
        },
        stop.signal,
      )
      .catch((error: unknown) => error);
  return { venue, once, quotes, unknown, rejected };
}

test('an instrument that is listed and refused all the same costs the others nothing', async () => {
  const { once, quotes, unknown } = await follow((response, instruments) => {
    if (instruments.includes('GBP_USD')) {
      answer(response, 400, { errorMessage: "Invalid value specified for 'instruments'" });
    } else {
      response.write(instruments.map((name) => priceLine(name)).join(''));
    }
  });
  expect(await once()).toMatchObject({
    code: 'FEED_REFUSED',
    message: expect.stringMatching(/400: Invalid value/) as string,
  });
  void once();
  await waitFor(() => quotes.length === 1, 'a price');
  expect(unknown).toEqual([[], ['GBP_USD']]);
});

test('an object without type ends the connection with what it says', async () => {
  const { once } = await follow((response) => {
    response.write(priceLine('EUR_USD'));
    response.write('{"disconnect":{"code":64,"message":"bye"}}\n');
  });
  expect(await once()).toMatchObject({
    code: 'FEED_STREAM_ENDED',
    message: expect.stringMatching(/bye/) as string,
  });
});

test('a line without end ends the connection before it fills the memory', async () => {
  const { once } = await follow((response) => {
    response.write('x'.repeat(2_000_000));
  });
  expect(await once()).toMatchObject({
    code: 'FEED_INVALID_ANSWER',
    message: expect.stringMatching(/1048576 bytes/) as string,
  });
});

test('lines that are no prices are skipped and told', async () => {
  const { once, quotes, rejected } = await follow((response) => {
    response.write('\r\n\n{"type":"NEWS"}\n{"type":"PRICE"}\nrubbish\n');
    response.end(priceLine('EUR_USD', '1.05'));
  });
  expect(await once()).toMatchObject({ code: 'FEED_STREAM_ENDED' });
  expect(rejected).toHaveLength(2);
  expect(quotes).toMatchObject([{ instrument: 'EUR_USD', bid: '1.05' }]);
});

test('a price that nobody asked for is skipped', async () => {
  const { once, quotes, rejected } = await follow((response) => {
    response.end(priceLine('USD_TRY') + priceLine('EUR_USD'));
  });
  await once();
  expect(quotes.map(({ instrument }) => instrument)).toEqual(['EUR_USD']);
  expect(rejected).toEqual(['Expected a price of an instrument that was asked for']);
});

test('an answer of 101 is a failure like any other', async () => {
  const { once } = await follow((response) => {
    response.writeHead(101, { Connection: 'Upgrade', Upgrade: 'x' });
    response.end();
  });
  expect(await once()).toMatchObject({ code: 'FEED_UNREACHABLE' });
});

test('what the venue says is shown short and on one line', async () => {
  const { once } = await follow((response) => {
    response.write(`{"errorMessage":"a\\nb${'x'.repeat(5_000)}"}\n`);
  });
  const error = (await once()) as Error;
  expect(error.message).toMatch(/^OANDA ended the stream: a bx+…$/);
  expect(error.message.length).toBeLessThanOrEqual(201);
});

test('a stream that begins and never says anything is given up', async () => {
  const { once } = await follow((response) => {
    response.writeHead(200).flushHeaders();
  });
  expect(await once()).toMatchObject({
    code: 'FEED_SILENT',
    message: expect.stringMatching(/No line .* 10 s/) as string,
  });
});
