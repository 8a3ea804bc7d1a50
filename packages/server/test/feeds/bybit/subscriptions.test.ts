import { describe, expect, test } from 'vitest';
import type { BybitCategory } from '../../../src/feeds/bybit/config.ts';
import type { BybitAnswer } from '../../../src/feeds/bybit/messages.ts';
import { Subscriptions } from '../../../src/feeds/bybit/subscriptions.ts';

interface Frame {
  readonly op: string;
  readonly args: readonly string[];
}

/** A venue that refuses, with these words, a frame that has one of some topics. */
function setUp(
  category: BybitCategory = 'linear',
  refusal: (args: readonly string[]) => string | undefined = () => undefined,
) {
  const frames: Frame[] = [];
  const accepted: string[] = [];
  const refused: [string, string][] = [];
  const unwanted = new Set<string>();
  const request = (op: string, args: readonly string[]): Promise<BybitAnswer> => {
    frames.push({ op, args });
    const message = op === 'subscribe' ? refusal(args) : undefined;
    return Promise.resolve({
      type: 'answer',
      requestId: String(frames.length),
      isSuccess: message === undefined,
      message: message ?? '',
    });
  };
  const subscriptions = new Subscriptions({
    socket: { request },
    category,
    isWanted: (topic) => !unwanted.has(topic),
    onRefused: (topic, words) => refused.push([topic, words]),
    onAccepted: (topic) => accepted.push(topic),
  });
  return { subscriptions, frames, accepted, refused, unwanted };
}

const topics = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `tickers.A${index}USDT`);
const named = (bad: readonly string[]) => (args: readonly string[]) => {
  const first = args.find((topic) => bad.includes(topic));
  return first === undefined ? undefined : `error:handler not found,topic:${first}`;
};

describe('Subscriptions', () => {
  test.each([
    ['linear', 450, [200, 200, 50]],
    ['inverse', 201, [200, 1]],
    ['spot', 23, [10, 10, 3]],
  ] as const)('asks on %s for %i topics in frames of %j', async (category, count, sizes) => {
    const { subscriptions, frames, accepted } = setUp(category);
    await subscriptions.add(topics(count));
    expect(frames.map(({ args }) => args.length)).toEqual(sizes);
    expect(accepted).toEqual(topics(count));
  });

  test('asks again without the one that is refused, as often as one is', async () => {
    const bad = ['tickers.A1USDT', 'tickers.A3USDT'];
    const { subscriptions, frames, accepted, refused } = setUp('linear', named(bad));
    await subscriptions.add(topics(5));
    expect(accepted).toEqual(topics(5).filter((topic) => !bad.includes(topic)));
    expect(refused).toEqual(bad.map((topic) => [topic, `error:handler not found,topic:${topic}`]));
    expect(frames).toHaveLength(3);
  });

  test('finds the one that is not named', async () => {
    const { subscriptions, accepted, refused } = setUp('linear', (args) =>
      args.includes('tickers.A5USDT') ? 'Params Error' : undefined,
    );
    await subscriptions.add(topics(9));
    expect(refused).toEqual([['tickers.A5USDT', 'Params Error']]);
    expect(accepted.toSorted()).toEqual(topics(9).filter((topic) => topic !== 'tickers.A5USDT'));
  });

  test('is not led astray by the name of a topic that it did not ask for', async () => {
    const { subscriptions, accepted, refused } = setUp('linear', (args) =>
      args.includes('tickers.A0USDT') ? 'error:handler not found,topic:elsewhere' : undefined,
    );
    await subscriptions.add(topics(3));
    expect(refused.map(([topic]) => topic)).toEqual(['tickers.A0USDT']);
    expect(accepted).toEqual(['tickers.A1USDT', 'tickers.A2USDT']);
  });

  test('gives up on a venue that refuses everything', async () => {
    const { subscriptions, accepted, refused, frames } = setUp('spot', () => 'args size >10');
    await subscriptions.add(topics(25));
    expect([accepted, refused.length]).toEqual([[], 25]);
    expect(frames.length).toBeLessThan(50);
  });

  test('takes a topic that is subscribed to already for accepted', async () => {
    let isFirst = true;
    const { subscriptions, accepted, refused } = setUp('linear', () => {
      const words = isFirst ? 'error:already subscribed,topic:tickers.A1USDT' : undefined;
      isFirst = false;
      return words;
    });
    await subscriptions.add(topics(3));
    expect([accepted.toSorted(), refused]).toEqual([topics(3), []]);
  });

  test('asks for nothing twice, until it was refused or removed', async () => {
    const { subscriptions, frames } = setUp('linear', named(['tickers.A1USDT']));
    await subscriptions.add(topics(2));
    await subscriptions.add(topics(2));
    expect(frames.slice(2)).toEqual([{ op: 'subscribe', args: ['tickers.A1USDT'] }]);
    await subscriptions.remove('tickers.A0USDT');
    await subscriptions.remove('tickers.A0USDT');
    await subscriptions.add(['tickers.A0USDT']);
    expect(frames.slice(3)).toEqual([
      { op: 'unsubscribe', args: ['tickers.A0USDT'] },
      { op: 'subscribe', args: ['tickers.A0USDT'] },
    ]);
  });

  test('does not ask for what is not wanted any more', async () => {
    const { subscriptions, frames, unwanted } = setUp('spot', (args) => {
      unwanted.add('tickers.A2USDT').add('tickers.A10USDT');
      return named(['tickers.A0USDT'])(args);
    });
    await subscriptions.add(topics(11));
    expect(frames.map(({ args }) => args.length)).toEqual([10, 8]);
    unwanted.clear();
    await subscriptions.add(['tickers.A10USDT']);
    expect(frames.at(-1)).toEqual({ op: 'subscribe', args: ['tickers.A10USDT'] });
  });

  test('keeps within 21,000 characters, and says what does not fit', async () => {
    const { subscriptions, accepted, refused } = setUp();
    const long = Array.from({ length: 11 }, (_, index) => `${index}`.padEnd(2_000, 'x'));
    await subscriptions.add(long);
    expect(accepted).toEqual(long.slice(0, 10));
    expect(refused).toEqual([[long[10], 'no more topics fit on one connection']]);
    await subscriptions.remove(long[0]!);
    await subscriptions.add(long.slice(10));
    expect(accepted).toHaveLength(11);
  });
});
