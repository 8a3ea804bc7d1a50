import { type PlacedAlert, formatAlertId, isAlert } from '../domain/kept-alert.ts';
import type { Envelope } from '../ports/bus.ts';

/** An alert as it is known wherever it comes from; undefined for any other event. */
export function placedAlert(envelope: Envelope): PlacedAlert | undefined {
  const { channel, epoch, seq, at, event, also } = envelope;
  return isAlert(event)
    ? { id: formatAlertId(epoch, seq), time: at, event, positions: { [channel]: seq, ...also } }
    : undefined;
}
