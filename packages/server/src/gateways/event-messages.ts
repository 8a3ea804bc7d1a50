import type {
  CorrelationAlert,
  CorrelationAlertMessage,
  CorrelationUpdate,
  CorrelationUpdateMessage,
  DataReady,
  DataReadyMessage,
  PriceFields,
  PriceMessage,
  Quote,
  VolatilityAlert,
  VolatilityAlertMessage,
  VolatilityUpdate,
  VolatilityUpdateMessage,
} from '@tickwire/protocol';
import { type TimestampStyle, formatTimestamp, formatVenueTime } from '../domain/timestamps.ts';

/** Writes events as the Socket.IO family's clients expect them. */
export class EventMessages {
  readonly #now: () => number;
  readonly #style: TimestampStyle;

  constructor(now: () => number, style: TimestampStyle) {
    this.#now = now;
    this.#style = style;
  }

  timestamp(): string {
    return formatTimestamp(this.#now(), this.#style);
  }

  priceFields({ bid, ask, mid, time }: Quote): PriceFields {
    return { bid, ask, mid, time: formatVenueTime(time, this.#style) };
  }

  /** An update where `seq` numbers it, an answer without. */
  price(quote: Quote, seq?: number): PriceMessage {
    return {
      instrument: quote.instrument,
      price: this.priceFields(quote),
      timestamp: this.timestamp(),
      ...(seq === undefined ? {} : { seq }),
    };
  }

  volatilityAlert({ type, ...alert }: VolatilityAlert): VolatilityAlertMessage {
    const { volatility, threshold } = alert;
    const message =
      alert.severity === 'info'
        ? `Volatility (${volatility}) is back under threshold (${threshold})`
        : `Volatility (${volatility}) exceeded threshold (${threshold})`;
    return { ...alert, message, timestamp: this.timestamp() };
  }

  correlationAlert({ type, ...alert }: CorrelationAlert): CorrelationAlertMessage {
    const { pair1, pair2, correlation } = alert;
    const message = `Correlation between ${pair1} and ${pair2} changed to ${correlation}`;
    return { ...alert, message, timestamp: this.timestamp() };
  }

  volatilityUpdate({ instrument, metrics, time }: VolatilityUpdate): VolatilityUpdateMessage {
    return {
      instrument,
      metrics,
      time: formatTimestamp(time, this.#style),
      timestamp: this.timestamp(),
    };
  }

  correlationUpdate({ type, ...update }: CorrelationUpdate): CorrelationUpdateMessage {
    return { ...update, timestamp: this.timestamp() };
  }

  dataReady({ dataType, count }: DataReady): DataReadyMessage {
    return {
      data_type: dataType,
      count,
      message: `${dataType} data updated (${count} records)`,
      timestamp: this.timestamp(),
    };
  }
}
