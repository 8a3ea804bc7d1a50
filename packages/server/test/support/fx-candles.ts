import { type Candle, channelOf } from '@tickwire/protocol';
import { onTestFinished } from 'vitest';
import type { CandleHistory } from '../../src/ports/history.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { CandleIntake } from '../../src/tape/candle-intake.ts';
import { FxCandles } from '../../src/tape/fx-candles.ts';
import { LastValues } from '../../src/tape/last-values.ts';
import { START } from './candle.ts';
import { createRecordingLogger } from './recording-logger.ts';
import { createStrictBus } from './strict-bus.ts';

/** FX candles on a tape of their own, and all candles that were told on it. */
export function createFxCandles(history: CandleHistory | undefined, clock: Clock) {
  const told: Candle[] = [];
  const logger = createRecordingLogger();
  const bus = createStrictBus();
  const lastValues = new LastValues(() => clock.now());
  lastValues.follow(bus);
  const intake = new CandleIntake({ bus, onHistory: () => undefined, clock, logger });
  bus.subscribe(({ event }) => {
    if (event.type === 'candle') {
      told.push(event);
    }
  });
  const fxCandles = new FxCandles({ bus, intake, history, clock, logger });
  onTestFinished(() => fxCandles.close());

  /** Puts a quote on the tape, by default of EUR_USD; its time is counted from {@link START}. */
  const quote = (mid: string, offsetMs: number, instrument = 'EUR_USD'): void => {
    const time = `${new Date(START + offsetMs).toISOString().slice(0, -1)}999999Z`;
    bus.publish({ type: 'quote', instrument, bid: mid, ask: mid, mid, time });
  };
  const known = (instrument = 'EUR_USD'): readonly Candle[] =>
    lastValues.candles(channelOf({ ...EUR_USD, instrument }))?.newest(1_000) ?? [];
  const confirmed = (): readonly Candle[] => told.filter(({ isConfirmed }) => isConfirmed);
  return { fxCandles, bus, told, confirmed, known, quote, logger };
}

const EUR_USD: Candle = {
  type: 'candle',
  instrument: 'EUR_USD',
  interval: '1',
  start: START,
  end: START + 59_999,
  open: '1.1',
  high: '1.1',
  low: '1.1',
  close: '1.1',
  volume: '9',
  isConfirmed: true,
  revision: 0,
  source: 'history',
};

/** A candle of EUR_USD as its venue tells it, which begins `minutes` after {@link START}. */
export function fxCandle(minutes: number, changes: Partial<Candle> = {}): Candle {
  const start = START + minutes * 60_000;
  return { ...EUR_USD, start, end: start + 59_999, ...changes };
}
