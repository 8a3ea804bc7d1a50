import type { MarketEvent } from '@tickwire/protocol';
import { expect, test } from 'vitest';
import { createAnnounce } from '../../src/app/announce.ts';
import { EventMessages } from '../../src/gateways/event-messages.ts';
import { LiveContents } from '../../src/gateways/live-contents.ts';
import { createRelayParser } from '../../src/tape/relay.ts';
import { LastValues } from '../../src/tape/last-values.ts';
import { CORRELATION, VOLATILITY, priceOf } from '../support/bus-events.ts';
import { TICKER, TRADES, bookOf, candleOf } from '../support/live-events.ts';

const NOW = Date.UTC(2026, 0, 5, 12);
const TIMESTAMP = '2026-01-05T12:00:00.000Z';
const DATA_READY = { type: 'dataReady', dataType: 'prices', count: 20 } as const;

function create(style: 'iso' | 'naive' = 'iso') {
  const messages = new EventMessages(() => NOW, style);
  return createAnnounce(messages, new LiveContents(new LastValues(() => 0), messages));
}

/** What other programs are told of an event. */
function announced(event: MarketEvent, style?: 'iso' | 'naive'): unknown {
  const { channel, text = '' } = create(style)(event) ?? {};
  return { channel, message: JSON.parse(text) as unknown };
}

test('a price is announced in its nested form, marked as ours', () => {
  const { bid, ask, mid, time } = priceOf('EUR_USD', 1);
  expect(announced(priceOf('EUR_USD', 1))).toEqual({
    channel: 'price_updates',
    message: {
      source: 'tickwire',
      instrument: 'EUR_USD',
      price: { bid, ask, mid, time },
      timestamp: TIMESTAMP,
    },
  });
});

test('alerts and data_ready are announced as clients are sent them', () => {
  expect(announced(VOLATILITY)).toMatchObject({
    channel: 'volatility_alerts',
    message: {
      source: 'tickwire',
      instrument: 'USD_JPY',
      volatility: 0.03,
      threshold: 0.02,
      severity: 'warning',
    },
  });
  expect(announced(CORRELATION)).toMatchObject({
    channel: 'correlation_alerts',
    message: { source: 'tickwire', pair1: 'EUR_USD', pair2: 'USD_JPY', correlation: 0.8 },
  });
  expect(announced(DATA_READY)).toMatchObject({
    channel: 'data_ready',
    message: { source: 'tickwire', data_type: 'prices', count: 20 },
  });
});

test('candles, trades and tickers of crypto are announced on the channels of their names', () => {
  expect(announced(candleOf(0))).toMatchObject({
    channel: 'candles:BTCUSDT:1',
    message: {
      source: 'tickwire',
      type: 'update',
      subscription: 'candles',
      symbol: 'BTCUSDT',
      timeframe: '1',
      candle: { open: '28350.50', confirm: false },
      received_at: TIMESTAMP,
    },
  });
  expect(announced(TRADES)).toMatchObject({ channel: 'trades:BTCUSDT' });
  expect(announced(TICKER)).toMatchObject({ channel: 'ticker:BTCUSDT' });
});

test('order books and FX candles are announced nowhere', () => {
  expect(create()(bookOf(1))).toBeUndefined();
  expect(create()(candleOf(0, { instrument: 'EUR_USD' }))).toBeUndefined();
});

test('times are written as clients have them', () => {
  expect(announced(priceOf('EUR_USD', 1), 'naive')).toMatchObject({
    message: { price: { time: '2026-06-01T00:00:01.000000' } },
  });
});

test.each(['iso', 'naive'] as const)('what is announced is what may be relayed (%s)', (style) => {
  const parse = createRelayParser({
    trackedPairs: ['EUR_USD'],
    isCrypto: () => true,
    now: () => NOW,
  });
  for (const event of [VOLATILITY, CORRELATION, DATA_READY, candleOf(0), TRADES, TICKER]) {
    const { channel, text } = create(style)(event) ?? { channel: '', text: '' };
    expect(parse(channel, JSON.parse(text))).toEqual(event);
  }
});
