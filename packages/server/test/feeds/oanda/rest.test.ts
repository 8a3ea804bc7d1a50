import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/app/clock.ts';
import { OandaRest } from '../../../src/feeds/oanda/rest.ts';
import { answer, startFakeVenue } from '../../support/fake-venue.ts';
import { createScaledClock } from '../../support/scaled-clock.ts';

const ACCOUNTS = { accounts: [{ id: '101-001-1-001', tags: [] }] };
const never = new AbortController().signal;

function createRest(url: string, clock = createScaledClock(20)): OandaRest {
  const hosts = { restUrl: url, streamUrl: url };
  return new OandaRest({ hosts, apiKey: 'secret-key', instruments: [] }, clock);
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
    ['429', 429, { errorMessage: 'Rate limit' }],
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
      code: status === 429 ? 'FEED_RATE_LIMITED' : 'FEED_UNAVAILABLE',
    });
    expect(venue.requests).toHaveLength(6);
  });

  test.each([
    [401, { errorMessage: 'Insufficient authorization to perform request.' }, 'FEED_UNAUTHORIZED'],
    [403, { errorMessage: 'The provided request was forbidden.' }, 'FEED_REFUSED'],
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

  test('waits for as long as the venue asks', async () => {
    const venue = await startFakeVenue((_, response) => {
      answer(response, venue.requests.length === 1 ? 429 : 200, ACCOUNTS, { 'Retry-After': '4' });
    });
    await createRest(venue.url).accounts(never);
    const [first, second] = venue.requests;
    // Four seconds on a clock that is twenty times as fast.
    expect(second!.at - first!.at).toBeGreaterThanOrEqual(195);
  });

  test('gives up on an answer that does not come, and on one that does not end', async () => {
    const silent = await startFakeVenue(() => undefined);
    await expect(createRest(silent.url).accounts(never)).rejects.toMatchObject({
      code: 'FEED_TIMEOUT',
      message: 'No answer within 10 s',
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
