import type { ChannelSnapshot } from '@tickwire/protocol';
import { expect, test } from 'vitest';
import { ChannelContents } from '../../src/gateways/channel-contents.ts';
import { EventMessages } from '../../src/gateways/event-messages.ts';
import { LiveContents } from '../../src/gateways/live-contents.ts';
import type { Envelope } from '../../src/ports/bus.ts';
import { LastValues } from '../../src/tape/last-values.ts';
import { alertAt, correlationAlert, keptAlert, volatilityAlert } from '../support/alerts.ts';
import { createLog } from '../support/channel-log.ts';
import { NOON } from '../support/stored-candle.ts';
import { createStrictBus } from '../support/strict-bus.ts';

const ALL = { kind: 'alerts' } as const;
const OF_PAIR = { kind: 'alerts', instrument: 'EUR_USD' } as const;

/** Alerts that were numbered at noon, and are written two hours later. */
function createWorld() {
  const lastValues = new LastValues(() => 0);
  const bus = createStrictBus(createLog('first', () => NOON));
  lastValues.follow(bus);
  const told: Envelope[] = [];
  bus.subscribe((envelope) => told.push(envelope));
  const messages = new EventMessages(() => NOON + 7_200_000, 'iso');
  const live = new LiveContents(lastValues, messages);
  const contents = new ChannelContents({ lastValues, messages, live, log: bus });
  return { bus, lastValues, contents, told };
}

function positionsIn(snapshot: ChannelSnapshot | undefined): unknown {
  return snapshot?.alerts?.map(({ id, positions }) => [id, positions]);
}

test('there is no state before anything is known', () => {
  const { contents } = createWorld();
  expect(contents.snapshot(ALL)).toBeUndefined();
  expect(contents.snapshot(OF_PAIR)).toBeUndefined();
});

test('the state has alerts as they were sent, with the time at which they were numbered', () => {
  const { bus, contents, told } = createWorld();
  bus.publish(volatilityAlert());
  bus.publish(correlationAlert());
  const sent = told.map((envelope) => contents.data(envelope));
  expect(sent).toEqual([
    {
      instrument: 'EUR_USD',
      volatility: 0.0234,
      threshold: 0.02,
      severity: 'warning',
      message: 'Volatility (0.0234) exceeded threshold (0.02)',
      timestamp: '2025-06-18T12:00:00.000Z',
      id: 'first:1',
      positions: { alerts: 1, 'alerts:EUR_USD': 1 },
    },
    {
      pair1: 'EUR_USD',
      pair2: 'USD_JPY',
      correlation: -0.82,
      threshold: 0.7,
      severity: 'info',
      message: 'Correlation between EUR_USD and USD_JPY changed to -0.82',
      timestamp: '2025-06-18T12:00:00.000Z',
      id: 'first:2',
      positions: { alerts: 2, 'alerts:EUR_USD': 2, 'alerts:USD_JPY': 1 },
    },
  ]);
  expect(contents.snapshot(ALL)).toEqual({ alerts: sent });
  expect(contents.snapshot(OF_PAIR)).toEqual({ alerts: sent });
});

test('what was kept has its id and its time, and no numbers; the state says that it is complete', () => {
  const { bus, lastValues, contents } = createWorld();
  lastValues.restoreAlerts('alerts', [{ ...keptAlert(7), time: NOON - 3 }]);
  bus.publish(volatilityAlert());
  const snapshot = contents.snapshot(ALL);
  expect(snapshot).toMatchObject({
    alerts: [
      { id: 'e:7', timestamp: '2025-06-18T11:59:59.997Z', positions: {} },
      { id: 'first:1' },
    ],
    complete: true,
  });
  expect(contents.snapshot(OF_PAIR)).not.toHaveProperty('complete');
});

test('that there was never any is a state', () => {
  const { lastValues, contents } = createWorld();
  lastValues.restoreAlerts('alerts:EUR_USD', []);
  expect(contents.snapshot(OF_PAIR)).toEqual({ alerts: [], complete: true });
  expect(contents.snapshot(ALL)).toBeUndefined();
});

test('numbers of an epoch that has ended are left out', () => {
  const { bus, lastValues, contents } = createWorld();
  const { event } = alertAt(1);
  const ended = { channel: 'alerts', epoch: 'ended', seq: 9, at: NOON - 1, event };
  lastValues.take({ ...ended, also: { 'alerts:EUR_USD': 4 } });
  bus.publish(volatilityAlert());
  expect(positionsIn(contents.snapshot(OF_PAIR))).toEqual([
    ['ended:9', {}],
    ['first:1', { alerts: 1, 'alerts:EUR_USD': 1 }],
  ]);
});
