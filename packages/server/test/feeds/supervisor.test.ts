import type { Quote } from '@tickwire/protocol';
import { afterEach, describe, expect, test } from 'vitest';
import { FeedError } from '../../src/domain/errors.ts';
import { FeedSupervisor } from '../../src/feeds/supervisor.ts';
import type { Feed, FeedListener } from '../../src/ports/feed.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { createRecordingLogger } from '../support/recording-logger.ts';

const STALE_AFTER_MS = 30_000;

/** A feed that does what the test says, when it says it. */
class ScriptedFeed implements Feed {
  readonly venue = 'scripted';
  readonly instruments = ['EUR_USD', 'GBP_USD'];
  readonly reconnect = { baseMs: 1_000, capMs: 30_000, floorMs: 500, refusedMs: 300_000 };
  readonly connects: number[] = [];
  quietMs = 0;
  listener: FeedListener | undefined;
  fail: (error: unknown) => void = () => undefined;
  readonly #clock: ManualClock;

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  follow(listener: FeedListener, signal: AbortSignal): Promise<void> {
    this.connects.push(this.#clock.now());
    this.listener = listener;
    return new Promise((resolve, reject) => {
      this.fail = reject;
      signal.addEventListener('abort', () => {
        resolve();
      });
    });
  }
}

let time = 0;
function quote(instrument = 'EUR_USD', changes: Partial<Quote> = {}): Quote {
  time += 1;
  const fresh = `2026-01-05T12:00:${String(time % 60).padStart(2, '0')}Z`;
  return {
    type: 'quote',
    instrument,
    bid: '1.1',
    ask: '1.2',
    mid: '1.15',
    time: fresh,
    ...changes,
  };
}

const running: FeedSupervisor[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((supervisor) => supervisor.close()));
});

function start() {
  const clock = new ManualClock();
  const feed = new ScriptedFeed(clock);
  const quotes: Quote[] = [];
  const logger = createRecordingLogger();
  const supervisor = new FeedSupervisor({
    feed,
    isSimulated: true,
    staleAfterMs: STALE_AFTER_MS,
    clock,
    logger,
    onEvent: (event) => {
      if (event.type === 'quote') {
        quotes.push(event);
      }
    },
    onHistory: () => undefined,
    onStateLost: () => undefined,
    onLive: () => undefined,
  });
  running.push(supervisor);
  supervisor.start();
  const connected = () => {
    feed.listener?.onConnected();
    return feed.listener!;
  };
  return { clock, feed, quotes, supervisor, logger, connected };
}

describe('FeedSupervisor', () => {
  test('is connecting until the first price, then live', () => {
    const { supervisor, connected, quotes } = start();
    expect(supervisor.health()).toMatchObject({
      venue: 'scripted',
      state: 'connecting',
      simulated: true,
    });
    const first = quote();
    connected().onQuote(first, true);
    expect(supervisor.health()).toMatchObject({ state: 'live' });
    expect(supervisor.health()).not.toHaveProperty('reason');
    expect(quotes).toEqual([first]);
  });

  test('is down with the reason from the end of a connection until new prices come', async () => {
    const { supervisor, connected, feed, clock } = start();
    const price = quote();
    connected().onQuote(price, true);
    await clock.advance(20_000);
    feed.fail(new FeedError('FEED_STREAM_ENDED', 'The venue hung up'));
    await clock.advance(0);
    expect(supervisor.health()).toMatchObject({ state: 'down', reason: 'The venue hung up' });
    await clock.advance(1_000);
    expect(feed.connects).toHaveLength(2);
    connected().onQuote(price, true);
    expect(supervisor.health().state).toBe('down');
    connected().onQuote(quote(), true);
    expect(supervisor.health().state).toBe('live');
  });

  test('publishes a price that a new connection repeats only once', () => {
    const { connected, quotes } = start();
    const price = quote();
    connected().onQuote(price, true);
    connected().onQuote({ ...price }, true);
    connected().onQuote({ ...price, bid: '1.11' }, true);
    expect(quotes).toHaveLength(2);
  });

  test('is stale without new prices while the market is open, and connects anew', async () => {
    const { supervisor, connected, feed, clock } = start();
    connected().onQuote(quote(), true);
    await clock.advance(STALE_AFTER_MS - 1);
    expect(supervisor.health().state).toBe('live');
    await clock.advance(1);
    expect(supervisor.health()).toMatchObject({
      state: 'stale',
      reason: expect.stringContaining('30 s') as string,
    });
    await clock.advance(1_000);
    expect(feed.connects).toHaveLength(2);
    expect(supervisor.health().state).toBe('stale');
    connected().onQuote(quote(), true);
    expect(supervisor.health().state).toBe('live');
  });

  test('is stale when a connection stands and no price ever comes', async () => {
    const { supervisor, connected, clock } = start();
    connected();
    await clock.advance(STALE_AFTER_MS);
    expect(supervisor.health().state).toBe('stale');
  });

  test('lets a feed be silent for as long as it says that it may be', async () => {
    const { supervisor, connected, feed, clock } = start();
    feed.quietMs = 3 * STALE_AFTER_MS;
    connected().onData();
    await clock.advance(3 * STALE_AFTER_MS - 1);
    expect(supervisor.health().state).toBe('live');
    await clock.advance(1);
    expect(supervisor.health()).toMatchObject({
      state: 'stale',
      reason: expect.stringContaining('90 s') as string,
    });
  });

  test('does not take a repeated price for a sign of life', async () => {
    const { supervisor, connected, clock } = start();
    const price = quote();
    const listener = connected();
    listener.onQuote(price, true);
    await clock.advance(STALE_AFTER_MS / 2);
    listener.onQuote(price, true);
    await clock.advance(STALE_AFTER_MS / 2);
    expect(supervisor.health().state).toBe('stale');
  });

  test('knows a closed market from silence, and the opening from a price', async () => {
    const { supervisor, connected, feed, clock } = start();
    const listener = connected();
    listener.onQuote(quote('EUR_USD'), true);
    listener.onQuote(quote('GBP_USD'), true);
    listener.onQuote(quote('EUR_USD'), false);
    expect(supervisor.health().state).toBe('live');
    listener.onQuote(quote('GBP_USD'), false);
    expect(supervisor.health().state).toBe('market_closed');
    await clock.advance(48 * 3_600_000);
    expect(supervisor.health().state).toBe('market_closed');
    expect(feed.connects).toHaveLength(1);
    listener.onQuote(quote('EUR_USD'), true);
    expect(supervisor.health().state).toBe('live');
    await clock.advance(2 * STALE_AFTER_MS);
    expect(supervisor.health().state).toBe('stale');
  });

  test('does not take the market for closed while one instrument is open', async () => {
    const { supervisor, connected, feed, clock } = start();
    const open = quote('GBP_USD');
    connected().onQuote(open, true);
    feed.fail(new FeedError('FEED_STREAM_ENDED', 'The venue hung up'));
    await clock.advance(1_000);
    const listener = connected();
    listener.onQuote(quote('EUR_USD'), false);
    listener.onQuote(open, true);
    expect(supervisor.health().state).not.toBe('market_closed');
    await clock.advance(STALE_AFTER_MS);
    expect(supervisor.health().state).toBe('stale');
  });

  test('never connects more often than the venue allows, and waits longer each time', async () => {
    const { feed, clock } = start();
    const waits: number[] = [];
    for (let attempt = 0; attempt < 12; attempt += 1) {
      const before = feed.connects.length;
      feed.fail(new FeedError('FEED_UNREACHABLE', 'refused'));
      await clock.advance(0);
      waits.push(clock.nextInMs ?? 0);
      await clock.advance(clock.nextInMs ?? 0);
      expect(feed.connects).toHaveLength(before + 1);
    }
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(500);
    expect(Math.max(...waits)).toBeLessThanOrEqual(30_000);
    expect(Math.max(...waits.slice(0, 2))).toBeLessThanOrEqual(2_000);
  });

  test('waits longer each time also when each attempt takes long to fail', async () => {
    const { feed, clock } = start();
    const waits: number[] = [];
    for (let attempt = 0; attempt < 30; attempt += 1) {
      await clock.advance(15_000);
      feed.fail(new FeedError('FEED_SILENT', 'No answer'));
      await clock.advance(0);
      waits.push(clock.nextInMs ?? 0);
      await clock.advance(clock.nextInMs ?? 0);
    }
    expect(Math.max(...waits)).toBeGreaterThan(8_000);
  });

  test('leaves the venue alone for as long as it asks', async () => {
    const { feed, clock } = start();
    feed.fail(new FeedError('FEED_RATE_LIMITED', 'too many', { retryAfterMs: 45_000 }));
    await clock.advance(44_999);
    expect(feed.connects).toHaveLength(1);
    await clock.advance(1);
    expect(feed.connects).toHaveLength(2);
  });

  test('tries rarely once a refusal has lasted, and soon while it may pass', async () => {
    const { feed, clock, supervisor } = start();
    const startedAt = clock.now();
    let waitMs: number;
    do {
      feed.fail(new FeedError('FEED_UNAUTHORIZED', 'OANDA answered 401'));
      await clock.advance(0);
      expect(supervisor.health()).toMatchObject({ state: 'down', reason: 'OANDA answered 401' });
      waitMs = clock.nextInMs ?? 0;
      await clock.advance(waitMs);
    } while (waitMs <= 30_000 && feed.connects.length < 100);
    expect(waitMs).toBeGreaterThanOrEqual(150_000);
    expect(clock.now() - waitMs - startedAt).toBeGreaterThanOrEqual(30_000);
    expect(feed.connects.length).toBeGreaterThanOrEqual(5);
  });

  test('names what the venue does not bring, until it does', () => {
    const { supervisor, connected } = start();
    const listener = connected();
    listener.onUnavailable([
      { instrument: 'GBP_USD', reason: 'scripted does not have GBP_USD' },
      { instrument: 'EUR_USD', channel: 'candles:EUR_USD:1', reason: 'refused' },
    ]);
    listener.onQuote(quote(), true);
    expect(supervisor.health()).toMatchObject({
      state: 'live',
      instruments: [
        { instrument: 'GBP_USD', state: 'down', reason: 'scripted does not have GBP_USD' },
        { instrument: 'EUR_USD', channel: 'candles:EUR_USD:1', state: 'down', reason: 'refused' },
      ],
    });
    listener.onUnavailable([]);
    expect(supervisor.health()).not.toHaveProperty('instruments');
  });

  test('counts frames that it cannot use, and logs them once a minute', async () => {
    const { supervisor, connected, clock, logger } = start();
    const listener = connected();
    const warnings = () => logger.lines.filter(({ level }) => level === 'warn').length;
    for (let frame = 0; frame < 100; frame += 1) {
      listener.onRejectedFrame('Expected JSON', '{');
    }
    expect(supervisor.health().rejected_frames).toBe(100);
    expect(warnings()).toBe(1);
    listener.onQuote(quote('EUR_USD'), false);
    listener.onQuote(quote('GBP_USD'), false);
    await clock.advance(60_000);
    listener.onRejectedFrame('Expected JSON', '{');
    expect(warnings()).toBe(2);
  });

  test('goes on after a fault of its own feed', async () => {
    const { feed, clock, supervisor, logger } = start();
    feed.fail(new TypeError('undefined is not a function'));
    await clock.advance(1_000);
    expect(supervisor.health()).toMatchObject({
      state: 'down',
      reason: expect.stringContaining('undefined is not') as string,
    });
    expect(logger.lines.some(({ level }) => level === 'error')).toBe(true);
    expect(feed.connects).toHaveLength(2);
  });

  test('leaves nothing behind when it is closed', async () => {
    const { supervisor, connected, clock } = start();
    connected().onQuote(quote(), true);
    await supervisor.close();
    expect(clock.waiting).toBe(0);
  });
});
