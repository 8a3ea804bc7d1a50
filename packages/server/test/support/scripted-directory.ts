import { type Channel, formatChannel } from '@tickwire/protocol';
import type { ChannelDirectory, ChannelLease } from '../../src/ports/channels.ts';

/** A directory that has every channel, until a test says otherwise, and writes down who has it. */
export interface ScriptedDirectory extends ChannelDirectory {
  /** By the name of each channel that somebody has, how many places are taken. */
  readonly held: ReadonlyMap<string, number>;
  /** Every place that was ever taken. */
  readonly taken: readonly string[];
  /** What is done before a place is given; where it rejects, there is none. */
  before: (channel: Channel) => Promise<void>;
  /** Under which name the events of a channel are. */
  resolve: (channel: Channel) => Channel;
}

export function createScriptedDirectory(): ScriptedDirectory {
  const held = new Map<string, number>();
  const taken: string[] = [];
  const directory: ScriptedDirectory = {
    held,
    taken,
    before: () => Promise.resolve(),
    resolve: (channel) => channel,
    lease: async (asked): Promise<ChannelLease> => {
      await directory.before(asked);
      const channel = directory.resolve(asked);
      const name = formatChannel(channel);
      taken.push(name);
      held.set(name, (held.get(name) ?? 0) + 1);
      let isHeld = true;
      return {
        channel,
        release: () => {
          const left = (held.get(name) ?? 0) - (isHeld ? 1 : 0);
          isHeld = false;
          if (left === 0) {
            held.delete(name);
          } else {
            held.set(name, left);
          }
        },
      };
    },
    list: () => ({ configured: [], followed: [...held.keys()] }),
  };
  return directory;
}
