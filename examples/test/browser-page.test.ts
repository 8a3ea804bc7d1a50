import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CORRELATION_ALERT, DATA_READY, VOLATILITY_ALERT } from './support/alerts.ts';
import { hasChromium, launchChromium } from './support/chromium.ts';
import { startStaticSite } from './support/static-site.ts';
import { type TestServer, startTestServer } from './support/test-server.ts';
import { waitFor } from '../../packages/server/test/support/wait-for.ts';

const PAGE = new URL('../browser/index.html', import.meta.url);
const WHY = hasChromium ? '' : ' (skipped: there is no /usr/bin/chromium)';

describe.skipIf(!hasChromium)(`the page${WHY}`, () => {
  let browser: Browser;
  let server: TestServer;
  let page: Page;
  let problems: string[];

  beforeAll(async () => {
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser.close();
  });

  beforeEach(async () => {
    server = await startTestServer();
    page = await browser.newPage();
    problems = [];
    page.on('pageerror', (error) => problems.push(error.message));
  });

  afterEach(async () => {
    await page.close();
    await server.close();
    expect(problems).toEqual([]);
  });

  const text = async (selector: string): Promise<string> =>
    (await page.textContent(selector)) ?? '';
  const cell = (pair: string, field: string): Promise<string> =>
    text(`tr[data-pair="${pair}"] [data-field="${field}"]`);
  const waitForText = (selector: string, pattern: RegExp): Promise<string> =>
    waitFor(
      async () => {
        const found = await text(selector);
        return pattern.test(found) ? found : undefined;
      },
      `${selector} like ${String(pattern)}`,
    );
  const waitForPrice = (pair: string): Promise<unknown> =>
    page.waitForSelector(
      `tr[data-pair="${pair}"] [data-field="bid"]:not(:empty) .lead:not(:empty)`,
    );
  const updates = async (): Promise<number> => Number((await text('#updates')).replace(',', ''));

  test('shows prices that change, and says that they are simulated', async () => {
    await page.goto(server.url);
    await waitForPrice('EUR_USD');
    expect(await page.locator('#prices tr').count()).toBe(20);
    expect(await text('#status')).toBe(`Connected to ${server.url}`);
    await waitForText('#venue-kind', /^SIMULATED PRICES$/);
    expect(await page.locator('#venue-kind').isVisible()).toBe(true);
    await waitForText('#venue-text', /^oanda: live since .* simulator, not from a market\.$/);

    const [bid, ask] = [await cell('EUR_USD', 'bid'), await cell('EUR_USD', 'ask')];
    expect(bid).toMatch(/^\d\.\d{5}$/);
    expect(Number(ask)).toBeGreaterThan(Number(bid));
    expect(await cell('EUR_USD', 'spread')).toMatch(/^\d+\.\d$/);
    expect(await cell('EUR_USD', 'age')).toMatch(/^\d+ s$/);
    await page.waitForSelector('td[data-field="bid"][data-flash]');
    const first = await updates();
    await waitFor(async () => (await updates()) > first, 'another update');
    await waitForText('#rate', /^(?!0\.0$)\d+\.\d$/);
    await waitForText('#latency', /^\d+(\.\d)? ms$/);
    await waitForText('#clients', /^1 \/ 1000$/);
  });

  test('draws exactly what was sent, and says that no feed brought it', async () => {
    const relay = await startTestServer(0, { FEEDS: 'none' });
    try {
      await page.goto(relay.url);
      await waitForText('#subscribed', /^20 \/ 20$/);
      relay.publish('price_updates', { instrument: 'USD_JPY', bid: '151.0010', ask: '151.0130' });
      await waitForPrice('USD_JPY');
      expect(await cell('USD_JPY', 'bid')).toBe('151.0010');
      expect(await cell('USD_JPY', 'ask')).toBe('151.0130');
      expect((await cell('USD_JPY', 'mid')).trim()).toBe('151.0070');
      expect(await cell('USD_JPY', 'spread')).toBe('1.2');
      expect(await cell('EUR_USD', 'bid')).toBe('');
      await waitForText('#venue-text', /^No feed: prices come from other programs\.$/);
      expect(await text('#venue-kind')).toBe('PRICES');

      const flash = () =>
        page.getAttribute('[data-pair="USD_JPY"] [data-field="bid"]', 'data-flash');
      expect(await flash()).toBeNull();
      relay.publish('price_updates', { instrument: 'USD_JPY', bid: '151.0050', ask: '151.0130' });
      await waitFor(async () => (await flash())?.startsWith('up'), 'a rise');
      relay.publish('price_updates', { instrument: 'USD_JPY', bid: '150.9990', ask: '151.0130' });
      await waitFor(async () => (await flash())?.startsWith('down'), 'a fall');
      expect(await cell('USD_JPY', 'change')).toBe('▼ 0.1');
    } finally {
      await relay.close();
    }
  });

  test('unsubscribes from and subscribes to one pair and all', async () => {
    await page.goto(server.url);
    await waitForText('#subscribed', /^20 \/ 20$/);
    await page.uncheck('tr[data-pair="EUR_USD"] input');
    await waitForText('#subscribed', /^19 \/ 20$/);
    await page.click('#unsubscribe-all');
    await waitForText('#subscribed', /^0 \/ 20$/);
    expect(await page.locator('#prices input:checked').count()).toBe(0);
    await page.check('tr[data-pair="GBP_USD"] input');
    await waitForText('#subscribed', /^1 \/ 20$/);
    await page.click('#subscribe-all');
    await waitForText('#subscribed', /^20 \/ 20$/);
    expect(await page.locator('#prices input:checked').count()).toBe(20);
  });

  test('asks for all prices, and shows alerts as text', async () => {
    await page.goto(server.url);
    await waitForText('#subscribed', /^20 \/ 20$/);
    await page.click('#request-all');
    await waitForText('#log', /Received the prices of 20 pairs/);
    server.publish('volatility_alerts', VOLATILITY_ALERT);
    server.publish('correlation_alerts', CORRELATION_ALERT);
    server.publish('data_ready', DATA_READY);
    await waitForText('#log [data-level="warning"]', /EUR_USD: Volatility \(0\.0234\) exceeded/);
    await waitForText('#log', /Correlation between EUR_USD and USD_JPY changed to -0\.82/);
    await waitForText('#log', /prices data updated \(20 records\)/);
    await page.click('#clear');
    expect(await page.locator('#log li').count()).toBe(0);
  });

  test('comes back after a restart of the server with the same subscriptions', async () => {
    await page.goto(server.url);
    await waitForText('#subscribed', /^20 \/ 20$/);
    await page.uncheck('tr[data-pair="EUR_USD"] input');
    await waitForText('#subscribed', /^19 \/ 20$/);
    await server.close();
    await waitForText('#status', /^(Connection lost|Cannot reach)/);
    await waitForText('#venue-text', /no answer from \/health/);
    server = await startTestServer(server.port);
    await waitForText('#status', /^Connected to/);
    await waitForText('#subscribed', /^19 \/ 20$/);
    await waitForText('#venue-kind', /^SIMULATED PRICES$/);
  });

  test('says what is wrong with a feed', async () => {
    await page.route('**/health', async (route) => {
      const response = await route.fetch();
      const { feeds, ...health } = (await response.json()) as { feeds: object[] };
      const reason = 'The account was refused';
      const broken = feeds.map((feed) => ({ ...feed, state: 'down', reason, simulated: false }));
      await route.fulfill({ response, json: { ...health, status: 'degraded', feeds: broken } });
    });
    await page.goto(server.url);
    await waitForText('#venue-kind', /^MARKET PRICES$/);
    await waitForText('#venue-text', /^oanda: down \(The account was refused\) since \S+\.$/);
    await page.waitForSelector('#venue[data-trouble]');
  });

  test('works from a file, with the server that its address names', async () => {
    await page.goto(`${PAGE.href}?server=${server.url}`);
    await waitForPrice('EUR_USD');
    await waitForText('#venue-kind', /^SIMULATED PRICES$/);
    expect(await text('#status')).toBe(`Connected to ${server.url}`);
  });

  test('works from another web server, which need not have the library', async () => {
    const site = await startStaticSite(PAGE);
    try {
      await page.goto(`${site.url}?server=${server.url}`);
      await waitForPrice('EUR_USD');
      await waitForText('#venue-kind', /^SIMULATED PRICES$/);
    } finally {
      await site.close();
    }
  });

  test('runs no script of another server where its own has the library', async () => {
    const other = await startStaticSite(PAGE);
    try {
      await page.goto(`${server.url}/?server=${other.url}`);
      await waitForText('#status', /^Cannot reach/);
      const script = await page.getAttribute('head script[src]', 'src');
      expect(script).toBe(`${server.url}/socket.io/socket.io.js`);
      expect(other.asked).not.toContain('/socket.io/socket.io.js');
    } finally {
      await other.close();
    }
  });

  test('cuts nothing off on any width', async () => {
    await page.goto(server.url);
    await waitForPrice('EUR_USD');
    await waitForText('#venue-kind', /^SIMULATED PRICES$/);
    for (const width of [320, 353, 390, 481, 641, 769, 1000, 1121, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      const cut = await page.$$eval('body, td, th, dd, button', (elements) =>
        elements
          .filter((element) => element.scrollWidth > element.clientWidth + 1)
          .map((element) => element.textContent),
      );
      expect(cut, `at ${width} pixels`).toEqual([]);
    }
  });

  test('keeps everything in its place while prices come', async () => {
    await page.goto(server.url);
    await waitForPrice('EUR_USD');
    await waitForText('#venue-kind', /^SIMULATED PRICES$/);
    const places = () =>
      page.$$eval('header, section, dl, .tools, table, td', (elements) =>
        elements.map((element) => {
          const { x, y, width, height } = element.getBoundingClientRect();
          return [x, y, width, height].map(Math.round).join();
        }),
      );
    const before = await places();
    const first = await updates();
    await waitFor(async () => (await updates()) >= first + 10, 'ten more updates');
    expect(await places()).toEqual(before);
  });
});
