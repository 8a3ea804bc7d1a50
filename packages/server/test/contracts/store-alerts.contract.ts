import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KeptAlert } from '../../src/domain/kept-alert.ts';
import type { Store, StoredAlertsQuery } from '../../src/ports/store.ts';
import { correlationAlert, idsOf, keptAlert, volatilityAlert } from '../support/alerts.ts';
import { NOON } from '../support/stored-candle.ts';

/** What every store promises about alerts. */
export function testStoreAlerts(name: string, open: () => Promise<Store>): void {
  describe(`${name} store: alerts`, () => {
    let store: Store;
    let pairs = 0;
    /** No alert has told of it before: one database serves all tests. */
    const newPair = (): string => `EUR_A${(pairs += 1)}`;
    const newEpoch = (): string => `0e8a:${(pairs += 1)}`;
    const ask = (query: Partial<StoredAlertsQuery>): Promise<readonly KeptAlert[]> =>
      store.alerts({ limit: 1_000, pick: 'oldest', ...query });

    beforeAll(async () => {
      store = await open();
      await store.start();
    });

    afterAll(async () => {
      await store.close();
    });

    test('are none before any was saved', async () => {
      await store.saveAlerts([]);
      await expect(ask({})).resolves.toEqual([]);
    });

    test('come back as they were saved', async () => {
      const [instrument, other] = [newPair(), newPair()];
      const events = [
        volatilityAlert({ instrument, volatility: 0.1 + 0.2, threshold: 1e-7 }),
        volatilityAlert({ instrument, severity: 'info' }),
        correlationAlert({ pair1: instrument, pair2: other, correlation: -1 }),
        correlationAlert({ pair1: other, pair2: instrument, severity: 'critical' }),
      ];
      const alerts = events.map((event, index) => keptAlert(index + 1, newEpoch(), event));
      await store.saveAlerts(alerts);
      await expect(ask({ instrument })).resolves.toEqual(alerts);
      await expect(ask({ instrument: other })).resolves.toEqual(alerts.slice(2));
    });

    test('are there once, as the first time, however often they are saved', async () => {
      const [epoch, instrument] = [newEpoch(), newPair()];
      const [one, two] = [1, 2].map((seq) =>
        keptAlert(seq, epoch, volatilityAlert({ instrument })),
      ) as [KeptAlert, KeptAlert];
      await store.saveAlerts([one, one]);
      await store.saveAlerts([{ ...one, event: { ...one.event, threshold: 7 } }, two]);
      await expect(ask({ instrument })).resolves.toEqual([one, two]);
    });

    test('of one time are in the order of their numbers', async () => {
      const [epoch, instrument] = [newEpoch(), newPair()];
      const alerts = Array.from({ length: 120 }, (_, index) => ({
        ...keptAlert(index + 1, epoch, volatilityAlert({ instrument })),
        time: NOON,
      }));
      await store.saveAlerts(alerts.toReversed());
      await expect(ask({ instrument })).resolves.toEqual(alerts);
      await expect(ask({ instrument, limit: 30, pick: 'newest' })).resolves.toEqual(
        alerts.slice(-30),
      );
      await expect(ask({ instrument, limit: 3 })).resolves.toEqual(alerts.slice(0, 3));
    });

    test('are found by time, instrument and severity', async () => {
      const [epoch, instrument] = [newEpoch(), newPair()];
      const severities = ['info', 'warning', 'critical', 'warning'] as const;
      // Over the end of a month: two partitions.
      const times = [0, 1, 2, 3].map((hour) => Date.UTC(2025, 5, 30, 22 + hour));
      await store.saveAlerts(
        severities.map((severity, index) => ({
          ...keptAlert(index + 1, epoch, volatilityAlert({ instrument, severity })),
          time: times[index] ?? 0,
        })),
      );
      const found = async (query: Partial<StoredAlertsQuery>) =>
        idsOf(await ask({ instrument, ...query })).map((id) => id.slice(epoch.length + 1));
      expect(await found({})).toEqual(['1', '2', '3', '4']);
      expect(await found({ since: times[1] ?? 0 })).toEqual(['2', '3', '4']);
      expect(await found({ severity: 'warning' })).toEqual(['2', '4']);
      expect(await found({ severity: 'warning', limit: 1, pick: 'newest' })).toEqual(['4']);
      expect(await found({ severity: 'info', since: times[1] ?? 0 })).toEqual([]);
    });

    test('lose whole months, and nothing that is younger', async () => {
      const [epoch, instrument] = [newEpoch(), newPair()];
      const times = [Date.UTC(2024, 0, 31, 23, 59), Date.UTC(2024, 1, 1)];
      const alerts = times.map((time, index) => ({
        ...keptAlert(index + 1, epoch, volatilityAlert({ instrument })),
        time,
      }));
      await store.saveAlerts(alerts);
      const dropped = await store.dropPartitionsBefore('alert_events', Date.UTC(2024, 1, 15));
      expect(dropped).toEqual(['alert_events_2024_01']);
      await expect(ask({ instrument })).resolves.toEqual(alerts.slice(1));
    });
  });
}
