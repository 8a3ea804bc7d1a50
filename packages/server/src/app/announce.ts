import { type MarketEvent, channelOf } from '@tickwire/protocol';
import { toAnnouncement } from '../bus/redis/announcement.ts';
import type { Announcement } from '../bus/redis/operation.ts';
import { isCryptoInstrument } from '../domain/instrument-family.ts';
import type { EventMessages } from '../gateways/event-messages.ts';
import type { LiveContents } from '../gateways/live-contents.ts';

/**
 * What other programs are told of an event over Redis: what clients are, on the channels that the
 * contract has for it (PROTOCOL.md, "Publishing"). Undefined for what it has none for: order books,
 * FX candles, whose channels it gives to crypto alone, and what is computed.
 */
export function createAnnounce(
  messages: EventMessages,
  live: Pick<LiveContents, 'update'>,
): (event: MarketEvent) => Announcement | undefined {
  return (event) => {
    switch (event.type) {
      case 'quote':
        return toAnnouncement('price_updates', messages.price(event));
      case 'volatilityAlert':
        return toAnnouncement('volatility_alerts', messages.volatilityAlert(event));
      case 'correlationAlert':
        return toAnnouncement('correlation_alerts', messages.correlationAlert(event));
      case 'dataReady':
        return toAnnouncement('data_ready', messages.dataReady(event));
      case 'candle':
      case 'trades':
      case 'ticker': {
        const update = isCryptoInstrument(event.instrument) ? live.update(event) : undefined;
        return update && toAnnouncement(channelOf(event), update);
      }
      case 'volatilityUpdate':
      case 'correlationUpdate':
      case 'orderBook':
        return undefined;
    }
  };
}
