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
import { formatAlert } from '../domain/kept-alert.ts';
import { type TimestampStyle, formatTimestamp, formatVenueTime } from '../domain/timestamps.ts';

/** Writes events as the Socket.IO family's clients expect them. */
export class EventMessages {
  readonly #now: () => number;
  readonly #style: TimestampStyle;

  constructor(now: () => number, style: TimestampStyle) {
    this.#now = now;
    this.#style = style;
  }

  /** The given time, epoch milliseconds, or now. */
  timestamp(time = this.#now()): string {
    return formatTimestamp(time, this.#style);
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

  /** Of an alert that was numbered, `time` is when that was. */
  volatilityAlert(event: VolatilityAlert, time?: number): VolatilityAlertMessage {
    const { type, ...alert } = event;
    return { ...alert, message: formatAlert(event), timestamp: this.timestamp(time) };
  }

  correlationAlert(event: CorrelationAlert, time?: number): CorrelationAlertMessage {
    const { type, ...alert } = event;
    return { ...alert, message: formatAlert(event), timestamp: this.timestamp(time) };
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
