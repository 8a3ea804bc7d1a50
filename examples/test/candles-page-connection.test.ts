import type { LiveCandle } from '@tickwire/protocol';
import type { Browser, Page } from 'playwright-core';
import type { WebSocket } from 'ws';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { hasChromium, launchChromium } from './support/chromium.ts';
import { createPageReader } from './support/page-reader.ts';
import {
  SCRIPT,
  type ScriptedServer,
  candleOf,
  say,
  snapshotOf,
  startScriptedServer,
  updateOf,
} from './support/scripted-server.ts';
import { waitFor } from '../../packages/server/test/support/wait-for.ts';

const FILE = new URL('../browser/candles.html', import.meta.url);
const WHY = hasChromium ? '' : ' (skipped: there is no /usr/bin/chromium)';

describe.skipIf(!hasChromium)(`the page of candles, whatever it is sent${WHY}`, () => {
  let browser: Browser;
  let server: ScriptedServer;
  let page: Page;
  let reader: ReturnType<typeof createPageReader>;
  let problems: string[];

  beforeAll(async () => {
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser.close();
  });

  beforeEach(async () => {
    server = await startScriptedServer();
    page = await browser.newPage();
    reader = createPageReader(page);
    problems = [];
    page.on('pageerror', (error) => problems.push(error.message));
  });

  afterEach(async () => {
    await page.close();
    await server.close();
    expect(problems).toEqual([]);
  });

  /** Opens the page, and lets it be live with these candles. */
  const openLive = async (candles: readonly LiveCandle[] = [candleOf(0)]): Promise<WebSocket> => {
    await page.goto(`${FILE.href}?connect=1&server=${server.url}`);
    return goLive(0, candles);
  };
  const goLive = async (
    index: number,
    candles: readonly LiveCandle[] = [candleOf(0)],
  ): Promise<WebSocket> => {
    const socket = await server.connection(index);
    say(socket, SCRIPT.confirmation, snapshotOf(candles));
    await page.waitForSelector('#pill[data-state="live"]');
    return socket;
  };
  const closeLine = (): Promise<readonly [string | null, string | null, string]> =>
    page.$eval('#close-line', (line) => [
      line.getAttribute('data-move'),
      line.getAttribute('data-flash'),
      line.textContent.replaceAll(/\s/g, ''),
    ]);

  test('shows decimals as they were sent, and where the close went', async () => {
    const socket = await openLive([candleOf(0, { close: '73583.10', confirm: true }), candleOf(1)]);
    await reader.waitForText('#close', /^73583\.60$/);
    expect(await reader.text('#volume')).toBe('12.500');
    expect(await reader.text('#turnover')).toBe('919795.0000');
    expect(await reader.text('#start')).toBe('2026-01-05 10:01');
    expect(await reader.text('#phase')).toBe('forming');
    expect(await closeLine()).toEqual(['up', 'up-0', '73583.60▲']);

    say(socket, updateOf(candleOf(1, { close: '73583.00' })));
    await reader.waitForText('#close', /^73583\.00$/);
    expect(await closeLine()).toEqual(['down', 'down-1', '73583.00▼']);
    const colours = () =>
      page.$eval('#close-line', (line) => [
        getComputedStyle(line).color,
        getComputedStyle(document.querySelector('#direction') ?? line).color,
      ]);
    const [fallen] = await colours();

    say(socket, updateOf(candleOf(1, { close: '73583.0', volume: '12.501', confirm: true })));
    await reader.waitForText('#volume', /^12\.501$/);
    expect(await closeLine()).toEqual(['down', 'down-1', '73583.0▼']);
    expect(await reader.text('#phase')).toBe('confirmed');

    say(socket, updateOf(candleOf(2, { close: '73590.00' })));
    await reader.waitForText('#start', /^2026-01-05 10:02$/);
    expect(await closeLine()).toEqual(['up', 'up-0', '73590.00▲']);
    expect(await colours()).not.toContain(fallen);
  });

  test('puts a correction into its place, and leaves the live candle alone', async () => {
    const socket = await openLive([candleOf(0, { confirm: true }), candleOf(1)]);
    say(socket, updateOf(candleOf(0, { high: '79999.00', confirm: true, revision: 1 })));
    await reader.waitForText('#log', /corrected2026-01-05 10:00: O 73583\.10 H 79999\.00/);
    expect(await reader.text('#start')).toBe('2026-01-05 10:01');
    await page.waitForSelector('#chart[aria-label^="The last 2 candles"][aria-label*="79999.00"]');
  });

  test('keeps the newest 200 lines, the newest first', async () => {
    const socket = await openLive();
    for (let index = 1; index <= 300; index += 1) {
      say(socket, updateOf(candleOf(0, { volume: String(index) })));
    }
    await reader.waitForText('#log li:first-child', /V 300$/);
    expect(await page.locator('#log li').count()).toBe(200);
    expect(await reader.text('#log li:last-child')).toMatch(/V 101$/);
    expect(await reader.text('#updates')).toBe('300');
    expect(await reader.text('#messages')).toBe('302');
  });

  test('stops its log and the raw message where they are, while it is paused', async () => {
    const socket = await openLive();
    await page.click('#raw-card summary');
    const snapshot = JSON.stringify(snapshotOf([candleOf(0)]));
    await waitFor(async () => (await reader.text('#raw')) === snapshot, 'the snapshot as it came');
    await page.click('#pause');
    await reader.waitForText('#pause', /^Resume \(0 new\)$/);
    say(socket, updateOf(candleOf(0, { volume: '7' })), updateOf(candleOf(0, { volume: '8' })));
    await reader.waitForText('#pause', /^Resume \(2 new\)$/);
    expect(await reader.text('#log')).not.toContain('V 7');
    expect(await reader.text('#raw')).toBe(snapshot);
    expect(await reader.text('#volume')).toBe('8');
    await page.click('#pause');
    await reader.waitForText('#log li:first-child', /V 8$/);
    await reader.waitForText('#raw', /"volume":"8"/);
  });

  test('shows when the last heartbeat came', async () => {
    const socket = await openLive();
    expect(await reader.text('#heartbeat')).toBe('–');
    say(socket, SCRIPT.heartbeat);
    await reader.waitForText('#heartbeat', /^\d\d:\d\d:\d\d$/);
    await reader.waitForText('#log', /heartbeat2026-01-05T10:00:30\.000Z/);
  });

  test('survives what it cannot read, and takes markup for text', async () => {
    const socket = await openLive();
    socket.send('{');
    await reader.waitForText('#log', /messageCannot be read/);
    socket.send('{"type":"update"}');
    socket.send('{"type":"something new"}');
    say(socket, { ...SCRIPT.confirmation, message: '<img src=x onerror=alert(1)>' });
    await reader.waitForText('#log', /<img src=x onerror=alert\(1\)>/);
    expect(await page.locator('#log img').count()).toBe(0);
    say(socket, updateOf(candleOf(0, { volume: '9' })));
    await reader.waitForText('#volume', /^9$/);
  });

  test('measures the way to the server and back again and again', async () => {
    await page.clock.install();
    const socket = await openLive();
    let pings = 0;
    socket.on('message', () => {
      pings += 1;
    });
    await page.clock.fastForward(10_000);
    await waitFor(() => pings > 0, 'a ping');
    await page.clock.fastForward(1_000);
    await reader.waitForText('#round-trip', /^\d+(\.\d)? ms$/);
  });

  describe('after a connection is lost', () => {
    beforeEach(async () => {
      await page.clock.install();
    });

    /** Lets the page live as if it had been live for a while, and stops its clock. */
    const openSettled = async (): Promise<WebSocket> => {
      const socket = await openLive();
      await page.clock.pauseAt(Date.now() + 10_000);
      return socket;
    };
    const waitForState = (state: string): Promise<unknown> =>
      page.waitForSelector(`#pill[data-state="${state}"]`);

    const error = (error_code: 'MAX_CLIENTS' | 'UNAUTHORIZED', retry_after?: number) =>
      ({
        type: 'error',
        error_code,
        error_message: 'Not now',
        details: {},
        ...(retry_after === undefined ? {} : { retry_after }),
        timestamp: '2026-01-05T10:00:30.000Z',
      }) as const;

    test('comes back at once where it read too slowly', async () => {
      (await openSettled()).close(4008);
      await waitForState('waiting');
      await page.clock.runFor(1);
      await goLive(1);
      await page.clock.runFor(100);
      expect(await reader.text('#log')).toContain('this page read too slowly (4008)');
    });

    test('comes back when the server said, and not earlier', async () => {
      const socket = await openSettled();
      say(socket, error('MAX_CLIENTS', 10));
      socket.close(4429);
      await waitForState('waiting');
      await page.clock.runFor(9_900);
      await waitForState('waiting');
      expect(server.connections).toHaveLength(1);
      expect(await reader.text('#pill')).toMatch(/Not now \(MAX_CLIENTS, 4429\).* in [123] s/);
      await page.clock.runFor(2_200);
      await goLive(1);
    });

    test('does not come back where it is not let in', async () => {
      const socket = await openSettled();
      say(socket, error('UNAUTHORIZED'));
      socket.close(4401);
      await waitForState('closed');
      await page.clock.runFor(60_000);
      expect(server.connections).toHaveLength(1);
      expect(await reader.text('#status')).toMatch(/Not now \(UNAUTHORIZED, 4401\)$/);
    });

    test('waits twice as long after each failure, 30 s at most', async () => {
      await page.addInitScript('Math.random = () => 1');
      (await openSettled()).close(1011);
      for (const waitMs of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
        await waitForState('waiting');
        await page.clock.runFor(waitMs - 10);
        expect(await page.getAttribute('#pill', 'data-state')).toBe('waiting');
        const { length } = server.connections;
        await page.clock.runFor(10);
        (await server.connection(length)).close(1011);
      }
    });

    test('gives up a server that says nothing any more', async () => {
      (await openSettled()).removeAllListeners('message');
      let seconds = 0;
      await waitFor(async () => {
        await page.clock.runFor(1_000);
        seconds += 1;
        return server.connections.length > 1;
      }, 'another connection');
      // The clock was set forward by ten after the last message.
      expect(seconds).toBeGreaterThan(58);
      await goLive(1);
      await page.clock.runFor(100);
      expect(await reader.text('#log')).toContain('nothing was heard for 70 s');
    });
  });
});
