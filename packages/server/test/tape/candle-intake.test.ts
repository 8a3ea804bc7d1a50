import { existsSync, readFileSync } from 'node:fs';
import type { Candle, Interval, MarketEvent } from '@tickwire/protocol';
import { describe, expect, test } from 'vitest';
import type { ChannelStart } from '../../src/ports/bus.ts';
import { CandleIntake } from '../../src/tape/candle-intake.ts';
import { LastValues } from '../../src/tape/last-values.ts';
import { MINUTE_MS, candleOf, minuteCandle } from '../support/candle.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { createRecordingLogger } from '../support/recording-logger.ts';
import { createStrictBus } from '../support/strict-bus.ts';

const CONFIRMED = { isConfirmed: true };
const CHANNEL = 'candles:BTCUSDT:1';

/** An intake with what it needs, and the candles that went over the tape. */
function createIntake() {
  const bus = createStrictBus();
  const clock = new ManualClock();
  const logger = createRecordingLogger();
  const lastValues = new LastValues(() => clock.now());
  lastValues.follow(bus);
  const kept: Candle[] = [];
  const intake = new CandleIntake({
    bus,
    onHistory: (candles) => {
      kept.push(...candles);
    },
    clock,
    logger,
  });
  const told: Candle[] = [];
  const seqs: number[] = [];
  bus.subscribe(({ event, seq }) => {
    if (event.type === 'candle') {
      told.push(event);
      seqs.push(seq);
    }
  });
  return { intake, lastValues, bus, clock, logger, told, seqs, kept };
}

function candleWithStart(start: number): Candle {
  return candleOf({ start, end: start + MINUTE_MS - 1 });
}

describe('CandleIntake', () => {
  test('publishes what is news, numbered, and nothing else', () => {
    const { intake, told, seqs } = createIntake();
    intake.accept(minuteCandle(0));
    intake.accept(minuteCandle(0, CONFIRMED));
    intake.accept(minuteCandle(0, CONFIRMED));
    intake.accept(minuteCandle(0, { close: '84021' }));
    intake.accept(minuteCandle(1));
    expect(told).toEqual([minuteCandle(0), minuteCandle(0, CONFIRMED), minuteCandle(1)]);
    expect(seqs).toEqual([1, 2, 3]);
  });

  test('publishes a correction as the next revision', () => {
    const { intake, told } = createIntake();
    intake.accept(minuteCandle(0, CONFIRMED));
    intake.accept(minuteCandle(0, { ...CONFIRMED, close: '84021', source: 'history' }));
    expect(told.map(({ close, revision, source }) => [close, revision, source])).toEqual([
      ['84020', 0, 'stream'],
      ['84021', 1, 'history'],
    ]);
  });

  test('has remembered a candle before anybody is told of it', () => {
    const { intake, lastValues, bus } = createIntake();
    const known: (Candle | undefined)[] = [];
    bus.subscribe(() => known.push(lastValues.candles(CHANNEL)?.lastConfirmed));
    intake.accept(minuteCandle(0, CONFIRMED));
    expect(known).toEqual([minuteCandle(0, CONFIRMED)]);
  });

  test('keeps what a channel starts from to itself, and does not tell it again', () => {
    const { intake, lastValues, told } = createIntake();
    const history = [minuteCandle(0, CONFIRMED), minuteCandle(1, CONFIRMED)];
    intake.begin(CHANNEL, history);
    intake.accept(minuteCandle(1, CONFIRMED));
    expect(told).toEqual([]);
    expect(lastValues.candles(CHANNEL)?.newest(10)).toEqual(history);
    intake.accept(minuteCandle(2, CONFIRMED));
    expect(told).toEqual([minuteCandle(2, CONFIRMED)]);
  });

  test('hands on what a channel starts from, to be kept', () => {
    const { intake, kept } = createIntake();
    intake.begin(CHANNEL, [minuteCandle(1, CONFIRMED), minuteCandle(0, CONFIRMED)]);
    expect(kept).toEqual([minuteCandle(0, CONFIRMED), minuteCandle(1, CONFIRMED)]);
  });

  test('goes on from what an earlier life has left, without a gap and without repeating it', () => {
    const { intake, lastValues, told } = createIntake();
    const left = [minuteCandle(0, { ...CONFIRMED, revision: 2 }), minuteCandle(1, CONFIRMED)];
    intake.resume(CHANNEL, [...left, minuteCandle(2)]);
    intake.begin(
      CHANNEL,
      [0, 1, 2, 3].map((minute) => minuteCandle(minute, CONFIRMED)),
    );
    expect(told).toEqual([minuteCandle(2, CONFIRMED), minuteCandle(3, CONFIRMED)]);
    expect(lastValues.candles(CHANNEL)?.newest(10)).toEqual([...left, ...told]);
  });

  test('tells all what a channel has each time it begins, and again when it is asked to', () => {
    const { intake, bus } = createIntake();
    const starts: ChannelStart[] = [];
    bus.watch({ onStart: (start) => starts.push(start) });
    intake.tellStart(CHANNEL);
    expect(starts).toEqual([]);
    const first = [minuteCandle(0, CONFIRMED), minuteCandle(1)];
    intake.begin(CHANNEL, first);
    intake.accept(minuteCandle(1, CONFIRMED));
    intake.begin(CHANNEL, [minuteCandle(1, CONFIRMED), minuteCandle(2, CONFIRMED)]);
    const all = [0, 1, 2].map((minute) => minuteCandle(minute, CONFIRMED));
    expect(starts).toEqual([
      { channel: CHANNEL, candles: first },
      { channel: CHANNEL, candles: all },
    ]);
    intake.tellStart(CHANNEL);
    expect(starts[2]).toEqual(starts[1]);
    intake.forget(CHANNEL);
    intake.tellStart(CHANNEL);
    expect(starts).toHaveLength(3);
  });

  test('knows what it has published before anybody has been brought it', () => {
    const published: MarketEvent[] = [];
    const intake = new CandleIntake({
      bus: {
        publish: (event) => published.push(event),
        begin: () => undefined,
        breakAt: () => undefined,
      },
      onHistory: () => undefined,
      clock: new ManualClock(),
      logger: createRecordingLogger(),
    });
    const corrected = minuteCandle(0, { ...CONFIRMED, close: '84021' });
    intake.accept(minuteCandle(0, CONFIRMED));
    intake.accept(minuteCandle(0, CONFIRMED));
    intake.correct(corrected);
    intake.begin(CHANNEL, [corrected, minuteCandle(1, CONFIRMED)]);
    expect(published).toEqual([
      minuteCandle(0, CONFIRMED),
      { ...corrected, revision: 1 },
      minuteCandle(1, CONFIRMED),
    ]);
  });

  test('tells those who know an earlier life what the venue has corrected since, as a revision', () => {
    const { intake, told } = createIntake();
    const known = minuteCandle(0, { ...CONFIRMED, revision: 1 });
    intake.resume(CHANNEL, [known, minuteCandle(1, CONFIRMED)]);
    const corrected = minuteCandle(0, { ...CONFIRMED, close: '84021' });
    intake.begin(CHANNEL, [corrected, minuteCandle(1, CONFIRMED)]);
    expect(told).toEqual([{ ...corrected, revision: 2 }]);
  });

  test('fills a hole before what was told without telling it out of order', () => {
    const { intake, lastValues, told } = createIntake();
    intake.resume(CHANNEL, [minuteCandle(0, CONFIRMED), minuteCandle(2, CONFIRMED)]);
    intake.begin(
      CHANNEL,
      [0, 1, 2].map((minute) => minuteCandle(minute, CONFIRMED)),
    );
    expect(told).toEqual([]);
    expect(lastValues.candles(CHANNEL)?.newest(10)).toHaveLength(3);
  });

  test('begins anew where what is left of an earlier life would leave a gap', () => {
    const { intake, lastValues, told } = createIntake();
    intake.resume(CHANNEL, [minuteCandle(0, CONFIRMED)]);
    intake.begin(CHANNEL, [minuteCandle(5, CONFIRMED)]);
    expect(told).toEqual([]);
    expect(lastValues.candles(CHANNEL)?.newest(10)).toEqual([minuteCandle(5, CONFIRMED)]);
  });

  test('lets nobody go on from before what was never numbered', async () => {
    const { intake, bus } = createIntake();
    intake.accept(minuteCandle(0, CONFIRMED));
    intake.accept(minuteCandle(1, CONFIRMED));
    await expect(bus.since(CHANNEL, { epoch: 'first', seq: 1 })).resolves.toHaveLength(1);
    intake.forget(CHANNEL);
    intake.begin(CHANNEL, [minuteCandle(1, CONFIRMED), minuteCandle(2, CONFIRMED)]);
    intake.accept(minuteCandle(3, CONFIRMED));
    for (const seq of [0, 1, 2]) {
      await expect(bus.since(CHANNEL, { epoch: 'first', seq })).resolves.toBeUndefined();
    }
    await expect(bus.since(CHANNEL, { epoch: 'first', seq: 3 })).resolves.toEqual([]);
  });

  test('corrects only what it has told', () => {
    const { intake, told } = createIntake();
    const corrected = minuteCandle(0, { ...CONFIRMED, close: '84021' });
    intake.correct(corrected);
    intake.accept(minuteCandle(0));
    intake.correct(corrected);
    intake.accept(minuteCandle(0, CONFIRMED));
    intake.correct(minuteCandle(0, CONFIRMED));
    expect(told).toHaveLength(2);
    intake.correct(corrected);
    expect(told.at(-1)).toEqual({ ...corrected, revision: 1 });
  });

  test('drops and counts what cannot be true, wherever it comes from', () => {
    const { intake, lastValues, told } = createIntake();
    const impossible = minuteCandle(1, { ...CONFIRMED, high: '1' });
    intake.accept(impossible);
    intake.begin(CHANNEL, [minuteCandle(0, CONFIRMED), impossible]);
    expect(intake.rejected).toBe(2);
    expect(told).toEqual([]);
    expect(lastValues.candles(CHANNEL)?.newest(10)).toEqual([minuteCandle(0, CONFIRMED)]);
  });

  test('takes a possible candle in the place of the impossible one before it', () => {
    const { intake, told } = createIntake();
    intake.accept(minuteCandle(0, { ...CONFIRMED, volume: '-1' }));
    intake.accept(minuteCandle(0, CONFIRMED));
    expect(told).toEqual([minuteCandle(0, CONFIRMED)]);
  });

  test('lets FX begin before 2020, and crypto not', () => {
    const { intake, told } = createIntake();
    const old = candleWithStart(Date.UTC(2018, 0));
    intake.accept(old);
    intake.accept({ ...old, instrument: 'EUR_USD' });
    expect(told.map(({ instrument }) => instrument)).toEqual(['EUR_USD']);
    expect(intake.rejected).toBe(1);
  });

  test('warns once a minute of what it drops, and shows each candle at debug', async () => {
    const { intake, clock, logger } = createIntake();
    const impossible = minuteCandle(0, { low: '84030' });
    const reason = 'expected the low to be the lowest of 84045, 84020, got 84030';
    const logged = (level: string) => logger.lines.filter((line) => line.level === level);
    intake.accept(impossible);
    intake.accept(impossible);
    await clock.advance(59_999);
    intake.accept(impossible);
    expect(logged('warn').map(({ fields }) => fields)).toEqual([
      { channel: CHANNEL, reason, rejectedCandles: 1 },
    ]);
    await clock.advance(1);
    intake.accept(impossible);
    expect(logged('warn').map(({ fields }) => fields)).toMatchObject([
      { rejectedCandles: 1 },
      { rejectedCandles: 4 },
    ]);
    expect(logged('debug').map(({ fields }) => fields)).toMatchObject(
      Array.from({ length: 4 }, () => ({ candle: impossible })),
    );
  });
});

const DATA = new URL('../../../../../shared/data/bybit/ws/', import.meta.url);
const RECORDING = 'reconstructed_kline5_BTCUSDT_linear_2022-12-13';

interface RecordedKline extends Pick<
  Candle,
  'start' | 'end' | 'open' | 'high' | 'low' | 'close' | 'volume'
> {
  readonly interval: Interval;
  readonly turnover: string;
  readonly confirm: boolean;
}

function toCandle({ confirm, turnover, ...kline }: RecordedKline): Candle {
  const { interval, start, end, open, high, low, close, volume } = kline;
  return candleOf({
    ...{ interval, start, end, open, high, low, close, volume, turnover },
    isConfirmed: confirm,
  });
}

const title = 'publishes each candle of a recording once as confirmed, in order';
if (!existsSync(DATA)) {
  test.skip(`${title} (skipped: ../shared/data is not here)`, () => undefined);
}

describe.runIf(existsSync(DATA))(RECORDING, () => {
  const read = (file: string): string => readFileSync(new URL(file, DATA), 'utf8');
  const readKlines = (): RecordedKline[] =>
    read(`${RECORDING}.jsonl`)
      .split('\n')
      .filter((line) => line !== '')
      .flatMap((line) => (JSON.parse(line) as { data: RecordedKline[] }).data);

  test(title, () => {
    const { intake, told, lastValues } = createIntake();
    const klines = readKlines();
    const { closed } = JSON.parse(read(`${RECORDING}.expected.json`)) as { closed: unknown[] };
    // The venue repeats confirms in this recording, or there would be nothing to show here.
    expect(klines.filter(({ confirm }) => confirm).length).toBeGreaterThan(closed.length);
    for (const kline of klines) {
      intake.accept(toCandle(kline));
    }
    const confirmed = told.filter(({ isConfirmed }) => isConfirmed);
    expect(
      confirmed.map(({ start, open, high, low, close, volume }) => [
        ...[start, open, high, low, close, volume],
      ]),
    ).toEqual(closed);
    expect(confirmed.every(({ revision }) => revision === 0)).toBe(true);
    expect(intake.rejected).toBe(0);
    const kept = lastValues.candles('candles:BTCUSDT:5')?.newest(Infinity);
    expect(kept?.filter(({ isConfirmed }) => isConfirmed)).toEqual(confirmed);
  });

  test('tells every unconfirmed candle of the recording on its way', () => {
    const { intake, told } = createIntake();
    const klines = readKlines();
    for (const kline of klines) {
      intake.accept(toCandle(kline));
    }
    const unconfirmed = klines.filter(({ confirm }) => !confirm).map(toCandle);
    expect(told.filter(({ isConfirmed }) => !isConfirmed)).toEqual(unconfirmed);
  });
});
