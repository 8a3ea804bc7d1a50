import type { Alert, CorrelationAlert, VolatilityAlert } from '@tickwire/protocol';
import type { KeptAlert, PlacedAlert } from '../../src/domain/kept-alert.ts';
import { NOON } from './stored-candle.ts';

/** A volatility alert of EUR_USD, but for what is given. */
export function volatilityAlert(changes: Partial<VolatilityAlert> = {}): VolatilityAlert {
  return {
    type: 'volatilityAlert',
    instrument: 'EUR_USD',
    volatility: 0.0234,
    threshold: 0.02,
    severity: 'warning',
    ...changes,
  };
}

/** A correlation alert of EUR_USD and USD_JPY, but for what is given. */
export function correlationAlert(changes: Partial<CorrelationAlert> = {}): CorrelationAlert {
  return {
    type: 'correlationAlert',
    pair1: 'EUR_USD',
    pair2: 'USD_JPY',
    correlation: -0.82,
    threshold: 0.7,
    severity: 'info',
    ...changes,
  };
}

/** The alert number `seq` of an epoch, published as many milliseconds after noon. */
export function keptAlert(seq: number, epoch = 'e', event: Alert = volatilityAlert()): KeptAlert {
  return { id: `${epoch}:${seq}`, time: NOON + seq, event };
}

/** The same with its number among all alerts. */
export function alertAt(seq: number, epoch?: string, event?: Alert): PlacedAlert {
  return { ...keptAlert(seq, epoch, event), positions: { alerts: seq } };
}

/** The ids of alerts. */
export function idsOf(alerts: readonly { readonly id: string }[] | undefined): readonly string[] {
  return alerts?.map(({ id }) => id) ?? [];
}
