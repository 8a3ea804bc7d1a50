import { describe, expect, test } from 'vitest';
import { fillSeries } from '../../src/app/fill-series.ts';
import { FeedError, type FeedErrorCode, StoreError } from '../../src/domain/errors.ts';
import type { BackfillReport, FillOptions } from '../../src/jobs/backfill.ts';
import type { CandleSeriesKey } from '../../src/ports/store.ts';
import { createWatch } from '../support/scripted-commands.ts';
import { waitFor } from '../support/wait-for.ts';

const planned = ['EUR_USD', 'BTCUSDT', 'GBP_USD', 'ETHUSDT', 'SPOT_BTCUSDT'].map((instrument) => ({
  instrument,
  interval: '60' as const,
  from: 0,
  to: 36_000_000,
}));
const REPORT: BackfillReport = { saved: 3, absent: 1, missing: 0 };

/** A backfiller whose fills end as a test says. */
class HeldBackfiller {
  readonly begun: string[] = [];
  readonly #held = new Map<string, { resolve: () => void; reject: (error: Error) => void }>();

  async fill({ instrument }: CandleSeriesKey, _: unknown, options: FillOptions) {
    this.begun.push(instrument);
    options.onProgress?.({ done: 0, total: 10, saved: 0 });
    await new Promise<void>((resolve, reject) => {
      this.#held.set(instrument, { resolve, reject });
      options.signal.addEventListener('abort', () => {
        reject(options.signal.reason as Error);
      });
    });
    options.onProgress?.({ done: 10, total: 10, saved: 3 });
    return REPORT;
  }

  get held(): readonly string[] {
    return [...this.#held.keys()];
  }

  async end(instrument: string, error?: Error): Promise<void> {
    const one = await waitFor(() => this.#held.get(instrument), instrument);
    this.#held.delete(instrument);
    if (error === undefined) {
      one.resolve();
    } else {
      one.reject(error);
    }
  }
}

const feedError = (code: FeedErrorCode): FeedError => new FeedError(code, `it is ${code}`);

describe('fillSeries', () => {
  test('fills one series of FX and two of crypto at once, and answers in their order', async () => {
    const backfiller = new HeldBackfiller();
    const watch = createWatch();
    const filling = fillSeries(planned, backfiller, watch);
    expect(backfiller.held).toEqual(['EUR_USD', 'BTCUSDT', 'ETHUSDT']);
    await backfiller.end('ETHUSDT');
    await waitFor(() => backfiller.begun.includes('SPOT_BTCUSDT'), 'the third of crypto');
    expect(backfiller.held).toEqual(['EUR_USD', 'BTCUSDT', 'SPOT_BTCUSDT']);
    await backfiller.end('SPOT_BTCUSDT');
    await backfiller.end('BTCUSDT');
    await backfiller.end('EUR_USD');
    await backfiller.end('GBP_USD');
    expect(await filling).toEqual(
      planned.map((series) => ({ series, saved: 3, report: REPORT, failure: undefined })),
    );
    expect(watch.progress.map(({ share }) => share)).toEqual([
      0, 0, 0, 0.2, 0.2, 0.4, 0.6, 0.8, 0.8, 1,
    ]);
  });

  test('fills in the way that it is told to', async () => {
    const ways: (boolean | undefined)[] = [];
    const backfiller = {
      fill: (_series: unknown, _span: unknown, { isAnew }: FillOptions) => {
        ways.push(isAnew);
        return Promise.resolve(REPORT);
      },
    };
    await fillSeries(planned.slice(0, 2), backfiller, createWatch(), { isAnew: true });
    await fillSeries(planned.slice(0, 1), backfiller, createWatch());
    expect(ways).toEqual([true, true, undefined]);
  });

  test('goes on with the next after a refusal', async () => {
    const backfiller = new HeldBackfiller();
    const filling = fillSeries(planned, backfiller, createWatch());
    await backfiller.end('EUR_USD', feedError('FEED_REFUSED'));
    for (const { instrument } of planned.slice(1)) {
      await backfiller.end(instrument);
    }
    const [first, ...others] = await filling;
    expect(first).toEqual({
      series: planned[0],
      saved: 0,
      report: undefined,
      failure: { code: 'FEED_REFUSED', message: 'it is FEED_REFUSED' },
    });
    expect(others.map(({ failure }) => failure)).toEqual(Array(4).fill(undefined));
  });

  test('asks a venue that cannot be reached no more, and the other on', async () => {
    const backfiller = new HeldBackfiller();
    const filling = fillSeries(planned, backfiller, createWatch());
    await backfiller.end('EUR_USD', feedError('FEED_UNREACHABLE'));
    for (const instrument of ['BTCUSDT', 'ETHUSDT', 'SPOT_BTCUSDT']) {
      await backfiller.end(instrument);
    }
    const failures = (await filling).map(({ failure }) => failure?.code);
    const code = 'FEED_UNREACHABLE';
    expect(failures).toEqual([code, undefined, code, undefined, undefined]);
    expect(backfiller.begun).not.toContain('GBP_USD');
  });

  test('ends it all when the store fails', async () => {
    const backfiller = new HeldBackfiller();
    const filling = fillSeries(planned, backfiller, createWatch());
    await backfiller.end('ETHUSDT', new StoreError('STORE_UNAVAILABLE', 'down'));
    await expect(filling).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(backfiller.begun).toEqual(['EUR_USD', 'BTCUSDT', 'ETHUSDT']);
  });

  test('ends with its signal, and does not begin after it', async () => {
    const backfiller = new HeldBackfiller();
    const stop = new AbortController();
    const watch = createWatch(stop.signal);
    const filling = fillSeries(planned, backfiller, watch);
    stop.abort(new Error('enough'));
    await expect(filling).rejects.toThrow('enough');
    await expect(fillSeries(planned, backfiller, watch)).rejects.toThrow('enough');
    expect(backfiller.begun).toEqual(['EUR_USD', 'BTCUSDT', 'ETHUSDT']);
  });
});
