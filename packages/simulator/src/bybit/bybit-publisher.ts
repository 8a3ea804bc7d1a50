/** What makes the frames of a topic of the generated market. */
import type { FaultCommand } from '../faults/fault-command.ts';
import type { FaultState } from '../faults/faults.ts';
import type { TopicFrame } from './bybit-venue.ts';

/** One topic's frames, which all its subscribers share. */
export interface Publisher {
  /** What a new subscriber gets at once. */
  greet(nowMs: number): readonly TopicFrame[];
  /** What has become due since it was last asked, for all subscribers, oldest first. */
  publish(nowMs: number): readonly TopicFrame[];
}

/** The faults that change one frame of a topic. */
type FrameFault = Extract<FaultCommand, { readonly topic?: string }>['fault'];

/** Whether a fault applies to a topic's next frame; counts as applied once if so. */
export function takesFault(faults: FaultState, name: FrameFault, topic: string): boolean {
  const fault = faults.peek(name);
  const isMeant = fault !== undefined && (fault.topic === undefined || fault.topic === topic);
  return isMeant && faults.take(name) !== undefined;
}

/** A frame of a topic in the order that its category writes the fields in. */
export function frameText(
  isSpot: boolean,
  fields: { readonly topic: string; readonly type: string; readonly ts: number },
  data: unknown,
  more: Readonly<Record<string, unknown>> = {},
): string {
  const { topic, type, ts } = fields;
  const head = isSpot ? { topic, ts, type } : { topic, type, ts };
  return JSON.stringify({ ...head, data, ...more });
}
