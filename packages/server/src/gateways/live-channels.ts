import { type LiveUpdate, formatChannel } from '@tickwire/protocol';
import type { Envelope } from '../ports/bus.ts';
import { ChannelMessage, type WireFormat } from './channel-message.ts';
import type { FanOut } from './fan-out.ts';
import type { LiveClient } from './live-client.ts';
import type { LiveContents } from './live-contents.ts';
import type { LiveChannel } from './live-request.ts';

export interface LiveChannelsOptions {
  readonly contents: LiveContents;
  readonly fanOut: FanOut;
}

/** Those who wait for a snapshot, because the channel had no state when they came. */
interface Owed {
  readonly channel: LiveChannel;
  readonly clients: Set<LiveClient>;
}

/** Brings each event, encoded once, to all who are on its channel. */
export class LiveChannels {
  readonly #options: LiveChannelsOptions;
  readonly #owed = new Map<string, Owed>();
  readonly #format: WireFormat;

  constructor(options: LiveChannelsOptions) {
    this.#options = options;
    this.#format = createLiveFormat(options.contents);
  }

  /**
   * Puts a client on a channel: it is told so, then the channel's state, then every event. Where
   * there is no state yet, it is sent in the place of the event that makes one.
   */
  join(client: LiveClient, channel: LiveChannel, wantsSnapshot: boolean): void {
    const { contents } = this.#options;
    const name = formatChannel(channel);
    client.send(contents.confirmation(channel));
    if (wantsSnapshot && contents.hasState(channel)) {
      const snapshot = contents.snapshot(channel);
      if (snapshot === undefined) {
        const owed = this.#owed.get(name) ?? { channel, clients: new Set() };
        this.#owed.set(name, owed);
        owed.clients.add(client);
        return;
      }
      client.sendAnswer(snapshot);
    }
    client.place.join(name);
  }

  leave(client: LiveClient, channel: LiveChannel): void {
    const name = formatChannel(channel);
    const owed = this.#owed.get(name);
    owed?.clients.delete(client);
    if (owed?.clients.size === 0) {
      this.#owed.delete(name);
    }
    client.place.leave(name);
  }

  /** Sends the state of a channel to those who are owed it; it may have come without an event. */
  sendOwed(name: string): void {
    const owed = this.#owed.get(name);
    const snapshot = owed && this.#options.contents.snapshot(owed.channel);
    if (owed !== undefined && snapshot !== undefined) {
      this.#owed.delete(name);
      for (const client of owed.clients) {
        client.sendAnswer(snapshot);
        client.place.join(name);
      }
    }
  }

  /** Sends an event to those on its channel. */
  broadcast(envelope: Envelope): void {
    const { channel, seq } = envelope;
    this.#options.fanOut.publish(
      [channel],
      () => new ChannelMessage(this.#format, channel, seq, envelope),
    );
    this.sendOwed(channel);
  }
}

/** Writes updates as of when their events came, though they may be written later. */
function createLiveFormat(contents: LiveContents): WireFormat {
  const updates = new WeakMap<Envelope, LiveUpdate>();
  return {
    write: ({ envelope, conflated }) => {
      const update = updates.get(envelope) ?? contents.update(envelope.event);
      if (update === undefined) {
        throw new TypeError(`Expected an event that has an address, got ${envelope.event.type}`);
      }
      updates.set(envelope, update);
      return JSON.stringify({ ...update, ...conflated });
    },
  };
}
