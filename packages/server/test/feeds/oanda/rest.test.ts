import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/app/clock.ts';
import { OandaHttp } from '../../../src/feeds/oanda/http.ts';
import { OandaRest } from '../../../src/feeds/oanda/rest.ts';
import { answer, startFakeVenue } from '../../support/fake-venue.ts';
import { createScaledClock } from '../../support/scaled-clock.ts';

const ACCOUNTS = { accounts: [{ id: '101-001-1-001', tags: [] }] };
const never = new AbortController().signal;

function createRest(url: string, clock = createScaledClock(20)): OandaRest {
  const hosts = { restUrl: url, streamUrl: url };
  const http = new OandaHttp({ hosts, apiKey: 'secret-key', instruments: [] }, clock);
  onTestFinished(() => {
    http.release();
  });
  return new OandaRest(http, clock);
}

describe('OandaRest', () => {
  test('sends its key, and asks for RFC 3339 times', async () => {
    const venue = await startFakeVenue((_, response, { headers }) => {
      const isAsExpected =
        headers.authorization === 'Bearer secret-key' &&
        headers['accept-datetime-format'] === 'RFC3339';
      answer(response, isAsExpected ? 200 : 400, ACCOUNTS);
    });
    expect(await createRest(venue.url).accounts(never)).toEqual(['101-001-1-001']);
    expect(venue.requests.map(({ path }) => path)).toEqual(['/v3/accounts']);
  });

  test.each([
    ['503 with HTML', 503, '<html>maintenance</html>'],
    ['500', 500, ''],
  ])('tries again after %s, at most twice', async (_, status, body) => {
    let failures = 2;
    const venue = await startFakeVenue((__, response) => {
      failures -= 1;
      answer(response, failures >= 0 ? status : 200, failures >= 0 ? body : ACCOUNTS);
    });
    const rest = createRest(venue.url);
    expect(await rest.accounts(never)).toHaveLength(1);
    failures = 3;
    await expect(rest.accounts(never)).rejects.toMatchObject({
      code: 'FEED_UNAVAILABLE',
    });
    expect(venue.requests).toHaveLength(6);
  });

  test.each([
    [401, { errorMessage: 'Insufficient authorization to perform request.' }, 'FEED_UNAUTHORIZED'],
    [403, { errorMessage: 'The provided request was forbidden.' }, 'FEED_UNAUTHORIZED'],
    [404, '', 'FEED_REFUSED'],
    [200, '<html>login</html>', 'FEED_INVALID_ANSWER'],
    [200, { accounts: 'none' }, 'FEED_INVALID_ANSWER'],
  ])('does not try again after %d %o', async (status, body, code) => {
    const venue = await startFakeVenue((_, response) => {
      answer(response, status, body);
    });
    await expect(createRest(venue.url).accounts(never)).rejects.toMatchObject({ code });
    expect(venue.requests).toHaveLength(1);
  });

  test.each([
    [429, '4', 4_000],
    [503, '99999999999', 3_600_000],
    [429, new Date(Date.now() + 86_400_000).toUTCString(), 3_600_000],
    [429, 'soon', undefined],
  ])(
    'leaves it to others to wait when %d comes with Retry-After: %s',
    async (status, after, ms) => {
      const venue = await startFakeVenue((_, response) => {
        answer(response, status, '', { 'Retry-After': after });
      });
      await expect(createRest(venue.url).accounts(never)).rejects.toMatchObject({
        status,
        retryAfterMs: ms,
      });
      expect(venue.requests).toHaveLength(1);
    },
  );

  test.each(['endless', 'cut', 'stalled'])(
    'takes a refusal for what it is, also when its words are %s',
    async (kind) => {
      const venue = await startFakeVenue((_, response) => {
        response.writeHead(429, { 'Retry-After': '60' });
        response.write('x'.repeat(kind === 'endless' ? 1_000_000 : 10));
        if (kind === 'cut') {
          setImmediate(() => response.destroy());
        }
      });
      await expect(createRest(venue.url).accounts(never)).rejects.toMatchObject({
        code: 'FEED_RATE_LIMITED',
        retryAfterMs: 60_000,
      });
    },
  );

  test('asks all it asks over one connection, one request at a time', async () => {
    let inFlight = 0;
    let most = 0;
    const ports = new Set<number | undefined>();
    const venue = await startFakeVenue((_, response, { socket }) => {
      inFlight += 1;
      most = Math.max(most, inFlight);
      ports.add(socket.remotePort);
      setImmediate(() => {
        inFlight -= 1;
        answer(response, 200, ACCOUNTS);
      });
    });
    const rest = createRest(venue.url);
    await Promise.all(Array.from({ length: 10 }, () => rest.accounts(never)));
    expect({ most, connections: ports.size }).toEqual({ most: 1, connections: 1 });
  });

  test('opens no more than two connections a second', async () => {
    const venue = await startFakeVenue((_, response) => {
      answer(response, 200, ACCOUNTS, { Connection: 'close' });
    });
    const rest = createRest(venue.url);
    for (let request = 0; request < 6; request += 1) {
      await rest.accounts(never);
    }
    const times = venue.requests.map(({ at }) => at);
    // Two seconds on a clock that is twenty times as fast, less what a timer may be early.
    expect(times.at(-1)! - times[0]!).toBeGreaterThanOrEqual(95);
  });

  test.each([
    [101, 'FEED_UNREACHABLE'],
    [302, 'FEED_REFUSED'],
  ])('does not follow where %d leads', async (status, code) => {
    const venue = await startFakeVenue((_, response) => {
      response.writeHead(status, { Location: '/v3/accounts', Connection: 'Upgrade', Upgrade: 'x' });
      response.end();
    });
    await expect(createRest(venue.url).accounts(never)).rejects.toMatchObject({ code });
  });

  test('gives up on an answer without end before it fills the memory', async () => {
    const venue = await startFakeVenue((_, response) => {
      const chunk = Buffer.alloc(1_048_576, 'x');
      const write = (): void => {
        while (!response.destroyed && response.write(chunk));
        response.once('drain', write);
      };
      write();
    });
    await expect(createRest(venue.url).accounts(never)).rejects.toMatchObject({
      code: 'FEED_INVALID_ANSWER',
    });
  });

  test('gives up on an answer that does not come, and on one that does not end', async () => {
    const silent = await startFakeVenue(() => undefined);
    await expect(createRest(silent.url).accounts(never)).rejects.toMatchObject({
      code: 'FEED_TIMEOUT',
      message: 'No answer from OANDA within 10 s',
    });
    const endless = await startFakeVenue((_, response) => {
      response.writeHead(200).write('{"accounts":');
    });
    await expect(createRest(endless.url).accounts(never)).rejects.toMatchObject({
      code: 'FEED_TIMEOUT',
    });
  });

  test('says that nobody is there', async () => {
    const gone = await startFakeVenue(() => undefined);
    await gone.close();
    await expect(createRest(gone.url).accounts(never)).rejects.toMatchObject({
      code: 'FEED_UNREACHABLE',
      message: 'OANDA cannot be reached: ECONNREFUSED',
    });
  });

  test('ends at once when it is aborted', async () => {
    const silent = await startFakeVenue(() => undefined);
    const stop = new AbortController();
    const asked = createRest(silent.url, systemClock).accounts(stop.signal);
    stop.abort();
    await expect(asked).rejects.toThrow();
  });

  test('keeps its requests apart', async () => {
    const venue = await startFakeVenue((_, response) => {
      answer(response, 200, ACCOUNTS);
    });
    const rest = createRest(venue.url, systemClock);
    await Promise.all(
      Array.from({ length: 12 }, () => rest.accounts(new AbortController().signal)),
    );
    const times = venue.requests.map(({ at }) => at);
    expect(times.at(-1)! - times[0]!).toBeGreaterThanOrEqual(100);
  });
});
