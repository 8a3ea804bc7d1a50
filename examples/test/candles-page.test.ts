import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { hasChromium, launchChromium } from './support/chromium.ts';
import { createPageReader } from './support/page-reader.ts';
import { type TestServer, startTestServer } from './support/test-server.ts';
import { waitFor } from '../../packages/server/test/support/wait-for.ts';

const FILE = new URL('../browser/candles.html', import.meta.url);
const WHY = hasChromium ? '' : ' (skipped: there is no /usr/bin/chromium)';
/** A minute of the simulated venue passes in a second. */
const QUICK_MINUTES = { FEEDS: 'bybit', SIMULATOR_START: '-3h', SIMULATOR_SPEED: '60' };

describe.skipIf(!hasChromium)(`the page of candles, with a server${WHY}`, () => {
  let browser: Browser;
  let server: TestServer;
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
    server = await startTestServer(0, QUICK_MINUTES);
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

  const wsUrl = (): string => server.url.replace('http', 'ws');
  const open = async (query = ''): Promise<void> => {
    await page.goto(`${server.url}/candles?connect=1${query}`);
  };
  const openLive = async (query = ''): Promise<void> => {
    await open(query);
    await reader.waitForText('#status', /^Live from/);
  };

  test('connects when asked to, and shows the live candle', async () => {
    const { text, waitForText, count } = reader;
    await page.goto(`${server.url}/candles`);
    expect(await text('#status')).toBe('Not connected');
    expect(await page.inputValue('#server')).toBe(wsUrl());
    expect(await page.isDisabled('#disconnect')).toBe(true);

    await page.click('#connect');
    await waitForText('#status', /^Live from/);
    expect(await text('#status')).toBe(`Live from ${wsUrl()}`);
    expect(await text('#candle-title')).toBe('BTCUSDT, 1 minute');
    for (const field of ['#open', '#high', '#low', '#close', '#volume', '#turnover']) {
      await waitForText(field, /^\d+(\.\d+)?$/);
    }
    await waitForText('#start', /^\d{4}-\d\d-\d\d \d\d:\d\d$/);
    await waitForText('#phase', /^(forming|confirmed)$/);
    await waitForText('#log', /snapshot100 candles/);
    await waitForText('#log', /confirmed.*: O \S+ H \S+ L \S+ C \S+ V/);
    await page.waitForSelector('#chart[aria-label^="The last "] .down[d^="M"]');

    const [updates, messages] = [await count('#updates'), await count('#messages')];
    expect(messages).toBeGreaterThan(updates);
    await waitFor(async () => (await count('#updates')) > updates, 'another update');
    await waitFor(async () => (await count('#messages')) > messages, 'another message');
    await waitForText('#round-trip', /^\d+(\.\d)? ms$/);
    await waitForText('#uptime', /^00:00:0[1-9]$/);
  });

  test('says that the prices are simulated', async () => {
    await openLive();
    await reader.waitForText('#venue-kind', /^SIMULATED PRICES$/);
    await reader.waitForText('#venue-text', /^bybit: live since .* not from a market\.$/);
  });

  test('ends the connection when asked to', async () => {
    await openLive();
    await page.click('#disconnect');
    expect(await reader.text('#status')).toBe('Not connected');
    await reader.waitForText('#log li:first-child', /Ended by you$/);
    await reader.waitForText('#uptime', /^–$/);
    expect(page.url()).not.toContain('connect=1');
    await waitFor(() => server.activeClients() === 0, 'the end of the connection');
  });

  test('follows what its address names, and keeps the address up to date', async () => {
    await openLive('&symbol=ethusdt&timeframe=5');
    expect(await reader.text('#candle-title')).toBe('ETHUSDT, 5 minutes');
    await page.selectOption('#timeframe', 'D');
    await reader.waitForText('#log', /Subscribed to ETHUSDT candles \(D\)/);
    await reader.waitForText('#candle-title', /^ETHUSDT, 1 day$/);
    await page.fill('#symbol', 'solusdt');
    await page.press('#symbol', 'Enter');
    await reader.waitForText('#log', /Subscribed to SOLUSDT candles \(D\)/);
    expect(new URL(page.url()).search).toBe('?symbol=SOLUSDT&timeframe=D&connect=1');
    await page.reload();
    await reader.waitForText('#log', /Subscribed to SOLUSDT candles \(D\)/);
  });

  test('proposes the symbols that the server follows', async () => {
    await open();
    await waitFor(
      async () => (await page.locator('#symbols option').count()) >= 3,
      'symbols to choose from',
    );
    const symbols = await page.$$eval('#symbols option', (all) =>
      all.map((option) => option.getAttribute('value')),
    );
    expect(symbols).toEqual(expect.arrayContaining(['BTCUSDT', 'ETHUSDT', 'SOLUSDT']));
  });

  test('says why a symbol is refused, and stays away', async () => {
    let connections = 0;
    page.on('websocket', () => {
      connections += 1;
    });
    await page.clock.install();
    await open('&symbol=NOPE');
    await reader.waitForText('#status', /^Closed, and not coming back: .*INVALID_SYMBOL, 4400/);
    await reader.waitForText('#log', /INVALID_SYMBOL.*NOPE/);
    expect(await page.isDisabled('#disconnect')).toBe(true);
    await page.clock.fastForward('05:00');
    expect(await reader.text('#status')).toMatch(/^Closed/);
    expect(connections).toBe(1);
  });

  test('comes back after a restart of the server', async () => {
    await openLive();
    await reader.waitForText('#updates', /^[1-9]/);
    await server.close();
    await reader.waitForText('#pill', /Lost: .*\. Reconnecting in \d+ s/);
    await reader.waitForText('#log', /SERVER_SHUTDOWN/);
    await page.waitForSelector('#candle[data-old]');
    await reader.waitForText('#uptime', /^–$/);
    const before = await reader.count('#updates');
    server = await startTestServer(server.port, QUICK_MINUTES);
    await reader.waitForText('#status', /^Live from/);
    await page.waitForSelector('#candle:not([data-old])');
    await waitFor(async () => (await reader.count('#updates')) > before, 'another update');
    await reader.waitForText('#venue-kind', /^SIMULATED PRICES$/);
  });

  test('works from a file, with the server that its address names', async () => {
    await page.goto(`${FILE.href}?connect=1&server=${server.url}`);
    await reader.waitForText('#status', /^Live from/);
    expect(await reader.text('#status')).toBe(`Live from ${wsUrl()}`);
    await reader.waitForText('#venue-kind', /^SIMULATED PRICES$/);
  });

  test('says that an address is none, and connects to no other', async () => {
    await page.goto(`${server.url}/candles`);
    await page.fill('#server', 'nonsense');
    await page.click('#connect');
    expect(await reader.text('#status')).toBe('Not the address of a server: nonsense');
    expect(server.activeClients()).toBe(0);
  });

  test('leads to the page of FX prices and back', async () => {
    await page.goto(`${server.url}/candles?server=${wsUrl()}`);
    await page.click('#prices-page');
    await reader.waitForText('#status', /^Connected to/);
    expect(page.url()).toBe(`${server.url}/?server=${server.url}`);
    await page.click('#candles-page');
    await reader.waitForText('h2', /^No candle yet$/);
    expect(await page.inputValue('#server')).toBe(wsUrl());
  });

  test('cuts nothing off on any width', async () => {
    await openLive();
    await reader.waitForText('#log', /confirmed/);
    await reader.waitForText('#venue-kind', /^SIMULATED PRICES$/);
    for (const width of [320, 353, 390, 481, 641, 769, 1000, 1121, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      const cut = await page.$$eval('body, dd, button, .card, .log, .pill', (elements) =>
        elements
          .filter((element) => element.scrollWidth > element.clientWidth + 1)
          .map((element) => element.textContent),
      );
      expect(cut, `at ${width} pixels`).toEqual([]);
    }
  });
});
