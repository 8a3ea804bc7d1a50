import { parseChannel } from '@tickwire/protocol';
import { NEWEST_ALERTS } from '../../domain/newest-alerts.ts';
import type { RedisConnection } from '../../ports/redis.ts';
import type { RedisHistory } from './history.ts';
import { type NumberedMessage, placeOf } from './messages.ts';
import type { Mirror } from './mirror.ts';
import { type Head, type Heads, OPEN, readHeads } from './scripts.ts';

export interface CatchUpOptions {
  readonly connection: RedisConnection;
  readonly mirror: Mirror;
  readonly history: RedisHistory;
  readonly prefix: string;
  /** The epoch that begins where numbering has to start anew. */
  readonly createEpoch: () => string;
  /** Takes a message that follows on what was had. */
  readonly bring: (message: NumberedMessage) => void;
  /** What is the state of a channel that was not had from its beginning. */
  readonly onNewest: (message: NumberedMessage) => void;
  /** What was had of a channel is not followed by what comes next. */
  readonly onLost: (channel: string) => void;
  /** What is known after a loss has been told; without a name, after all were numbered anew. */
  readonly onResumed: (channel?: string) => void;
  /** All channels are numbered anew. */
  readonly onRenumbered: () => void;
}

/**
 * Brings what was published while nobody listened, before anything newer. Where Redis has not kept
 * all of a channel, it stands anew where Redis does; where Redis knows less than was had already, or
 * something else under the same numbers, it has lost data, and numbering starts anew for all.
 */
export async function catchUp(options: CatchUpOptions): Promise<void> {
  const { mirror } = options;
  const heads = await openHeads(options);
  if (heads.epoch !== mirror.epoch) {
    await startAnew(options, heads);
    return;
  }
  const known = mirror.channels.filter((channel) => mirror.position(channel).seq > 0);
  const hasLess = known.some(
    (channel) => (heads.channels.get(channel)?.seq ?? 0) < mirror.position(channel).seq,
  );
  const missed = hasLess ? undefined : await readMissed(options, heads);
  if (missed === undefined) {
    await startAnew(options, await openHeads(options, mirror.epoch));
    return;
  }
  for (const [channel, head, messages] of missed) {
    bringMissed(options, channel, head, messages);
  }
}

type Missed = readonly [channel: string, head: Head, messages: readonly NumberedMessage[]];

/** Undefined where what was had is not what Redis has under that number. */
async function readMissed(
  { connection, mirror, history }: CatchUpOptions,
  { epoch, channels }: Heads,
): Promise<readonly Missed[] | undefined> {
  const missed = await Promise.all(
    Array.from(channels, async ([channel, head]): Promise<Missed> => {
      const { seq } = mirror.position(channel);
      return [channel, head, await history.from(connection, epoch, channel, Math.max(1, seq))];
    }),
  );
  const isSame = missed.every(([channel, , messages]) => {
    const { seq } = mirror.position(channel);
    const last = messages.find((message) => placeOf(message, channel) === seq);
    return last?.channel !== channel || !mirror.isAnother(last);
  });
  return isSame ? missed : undefined;
}

function bringMissed(
  { mirror, bring, onLost, onNewest, onResumed }: CatchUpOptions,
  channel: string,
  head: Head,
  messages: readonly NumberedMessage[],
): void {
  const { seq } = mirror.position(channel);
  const newer = messages.filter((message) => placeOf(message, channel) > seq);
  const isWhole =
    head.brokenAt <= seq &&
    newer.length >= head.seq - seq &&
    newer.every((message, index) => placeOf(message, channel) === seq + 1 + index);
  if (isWhole) {
    if (head.brokenAt === seq && mirror.canFollow(channel, seq)) {
      mirror.break(channel);
      onLost(channel);
      onResumed(channel);
    }
    // An alert has been brought by the first of its channels, or will be.
    newer.filter((message) => message.channel === channel).forEach(bring);
    return;
  }
  onLost(channel);
  adoptNewest(mirror, channel, head, newer, onNewest);
  onResumed(channel);
}

/** Stands where Redis does in a channel, and tells its newest message; of alerts, all of them. */
function adoptNewest(
  mirror: Mirror,
  channel: string,
  head: Head,
  messages: readonly NumberedMessage[],
  onNewest: (message: NumberedMessage) => void,
): void {
  // What was published since then comes live.
  const upToHead = messages.filter((message) => placeOf(message, channel) <= head.seq);
  const last = upToHead.at(-1);
  const isNewest = last !== undefined && placeOf(last, channel) === head.seq;
  mirror.adopt(channel, head, isNewest ? upToHead : []);
  if (parseChannel(channel)?.kind === 'alerts') {
    upToHead.forEach(onNewest);
  } else if (last !== undefined) {
    onNewest(last);
  }
}

/** Stands where Redis does, whatever was had before. */
async function startAnew(options: CatchUpOptions, heads: Heads): Promise<void> {
  const { connection, mirror, history, onNewest, onRenumbered, onResumed } = options;
  const newest = await Promise.all(
    Array.from(heads.channels, async ([channel, head]): Promise<Missed> => {
      const count = countOfState(channel);
      const messages =
        count === 0 ? [] : await history.newest(connection, heads.epoch, channel, count);
      return [channel, head, messages];
    }),
  );
  mirror.reset(heads.epoch);
  onRenumbered();
  for (const [channel, head, messages] of newest) {
    adoptNewest(mirror, channel, head, messages, onNewest);
  }
  onResumed();
}

async function openHeads(
  { connection, prefix, createEpoch }: CatchUpOptions,
  lostEpoch = '',
): Promise<Heads> {
  const key = `${prefix}heads`;
  return readHeads(await connection.command('EVAL', OPEN, '1', key, createEpoch(), lostEpoch));
}

/** How many of its newest messages are the state of a channel; others have one of their own. */
function countOfState(channel: string): number {
  switch (parseChannel(channel)?.kind) {
    case 'price':
    case 'ticker':
      return 1;
    case 'alerts':
      return NEWEST_ALERTS;
    default:
      return 0;
  }
}
