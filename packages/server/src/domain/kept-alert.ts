import type { Alert, MarketEvent } from '@tickwire/protocol';

/** An alert that was published. */
export interface KeptAlert {
  /** By which it is known wherever it comes from, also after its numbering has ended. */
  readonly id: string;
  /** When it was numbered: epoch milliseconds. */
  readonly time: number;
  readonly event: Alert;
}

/** An alert with its numbers in its channels; without any where they are not known any more. */
export interface PlacedAlert extends KeptAlert {
  readonly positions: Readonly<Record<string, number>>;
}

export function isAlert(event: MarketEvent): event is Alert {
  return event.type === 'volatilityAlert' || event.type === 'correlationAlert';
}

/** The id of the alert that has a number among all alerts of an epoch. */
export function formatAlertId(epoch: string, seq: number): string {
  return `${epoch}:${seq}`;
}

/** The epoch of an alert's id, and the number. */
export function parseAlertId(id: string): { readonly epoch: string; readonly seq: number } {
  const end = id.lastIndexOf(':');
  return { epoch: id.slice(0, end), seq: Number(id.slice(end + 1)) };
}

/** What an alert says to people, who need four digits of a number. */
export function formatAlert(alert: Alert): string {
  if (alert.type === 'correlationAlert') {
    const { pair1, pair2, correlation } = alert;
    return `Correlation between ${pair1} and ${pair2} changed to ${short(correlation)}`;
  }
  const { volatility, threshold, severity } = alert;
  return severity === 'info'
    ? `Volatility (${short(volatility)}) is back under threshold (${short(threshold)})`
    : `Volatility (${short(volatility)}) exceeded threshold (${short(threshold)})`;
}

function short(value: number): number {
  return Number(value.toPrecision(4));
}
