import { existsSync, readFileSync } from 'node:fs';
import type { PriceMessage } from '@tickwire/protocol';
import { describe, expect, test } from 'vitest';
import { RecordingClient } from '../../support/socket-io-client.ts';
import { startServerForTest } from '../../support/test-server.ts';
import { waitFor } from '../../support/wait-for.ts';

const DATA = new URL('../../../../../../shared/data/oanda/', import.meta.url);

interface RecordedPrice {
  readonly type: string;
  readonly instrument: string;
  readonly time: string;
  readonly bids: readonly { readonly price: string }[];
  readonly asks: readonly { readonly price: string }[];
}

/** Each recording, and how fast to play it. */
const RECORDINGS = [
  { file: 'stream_reconstructed/nfp_2014-05-02T1228-1236_EUR_USD_NZD_USD.jsonl', speed: 200 },
  { file: 'recorded/pricing_stream_2016-10-27_EUR_USD_EUR_JPY.jsonl', speed: 20 },
  { file: 'recorded/pricing_stream_2017-08-14_EUR_USD.jsonl', speed: 50 },
];

/** The best price of a side, by a way of its own: sorted as numbers. */
function best(levels: RecordedPrice['bids'], direction: number): string {
  const prices = levels.map(({ price }) => price);
  return prices.toSorted((a, b) => (Number(b) - Number(a)) * direction)[0]!;
}

function readPrices(file: string): RecordedPrice[] {
  return readFileSync(new URL(file, DATA), 'utf8')
    .split('\n')
    .filter((text) => text.trim() !== '')
    .map((text) => JSON.parse(text) as RecordedPrice | { line: RecordedPrice })
    .map((entry) => ('line' in entry ? entry.line : entry))
    .filter(({ type }) => type === 'PRICE');
}

const title = 'every recorded price reaches the client byte for byte, in order';
if (!existsSync(DATA)) {
  test.skip(`${title} (skipped: ../shared/data is not here)`, () => undefined);
}

describe.runIf(existsSync(DATA)).each(RECORDINGS)('$file', ({ file, speed }) => {
  test(title, async () => {
    const prices = readPrices(file);
    expect(prices.length).toBeGreaterThan(1);
    const instruments = [...new Set(prices.map(({ instrument }) => instrument))];
    const server = await startServerForTest({
      SIMULATOR_DATA: new URL(file, DATA).pathname,
      SIMULATOR_SHIFT: 'none',
      SIMULATOR_SPEED: String(speed),
      TRACKED_PAIRS: instruments.join(','),
    });
    const client = new RecordingClient(server.url, { transports: ['websocket'] });
    await client.request('subscribe', { pairs: '*' }, 'subscription_confirmed');
    const toText = (instrument: string, bid: string, ask: string, time: string): string =>
      `${instrument} ${bid} ${ask} ${time}`;
    const lastOf = (instrument: string): PriceMessage | undefined =>
      client.all('price_update').findLast((update) => update.instrument === instrument);
    await waitFor(
      () =>
        instruments.every((instrument) => {
          const expected = prices.findLast((price) => price.instrument === instrument)!;
          return lastOf(instrument)?.price.time === expected.time;
        }),
      'the last price of each instrument',
    );

    for (const instrument of instruments) {
      const received = client
        .all('price_update')
        .filter((update) => update.instrument === instrument);
      const expected = prices.filter((price) => price.instrument === instrument);
      // A client that subscribes after the first lines begins with the newest of them.
      const missed = received[0]!.seq! - 1;
      expect(missed).toBeLessThan(expected.length / 2);
      expect(
        received.map(({ price }) => toText(instrument, price.bid, price.ask, price.time)),
      ).toEqual(
        expected
          .slice(missed)
          .map(({ bids, asks, time }) => toText(instrument, best(bids, 1), best(asks, -1), time)),
      );
    }
    client.close();
  });
});
