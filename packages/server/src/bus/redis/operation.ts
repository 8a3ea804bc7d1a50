import { type MarketEvent, channelsOf } from '@tickwire/protocol';
import { versionOf } from '../../domain/event-version.ts';
import type { ChannelStart } from '../../ports/bus.ts';
import { FIRST_VERSION } from './scripts.ts';

/** What other programs are told of an event: a text on a channel of the contract. */
export interface Announcement {
  readonly channel: string;
  readonly text: string;
}

/** One thing that is to be done to the tape. */
export type Operation =
  | {
      readonly kind: 'event';
      readonly event: MarketEvent;
      readonly announcement?: Announcement | undefined;
      /** Whether only what is newer than the last of its like is news. */
      readonly isVersioned: boolean;
    }
  | { readonly kind: 'begin'; readonly start: ChannelStart }
  | { readonly kind: 'break' | 'forget'; readonly channel: string }
  /** Whoever knows it is to tell what a channel starts from. */
  | { readonly kind: 'ask'; readonly channel: string };

/** An operation as the script takes it: kind, channels, key, version, announcement, body. */
export function toArguments(operation: Operation): readonly string[] {
  switch (operation.kind) {
    case 'event': {
      const { event, announcement, isVersioned } = operation;
      const [key, version] = isVersioned ? versionArguments(event) : ['', ''];
      const { channel = '', text = '' } = announcement ?? {};
      const body = JSON.stringify(event);
      return ['event', channelsOf(event).join(' '), key, version, channel, text, body];
    }
    case 'begin':
      return ['start', '', '', '', '', '', JSON.stringify(operation.start)];
    case 'break':
      return ['break', operation.channel, '', '', '', '', ''];
    case 'forget':
      return ['forgotten', '', '', '', '', '', JSON.stringify(operation.channel)];
    case 'ask':
      return ['asked', '', '', '', '', '', JSON.stringify(operation.channel)];
  }
}

function versionArguments(event: MarketEvent): readonly [key: string, version: string] {
  const { key = '', version = '', isFirst = false } = versionOf(event) ?? {};
  return [key, isFirst ? FIRST_VERSION + version : version];
}
