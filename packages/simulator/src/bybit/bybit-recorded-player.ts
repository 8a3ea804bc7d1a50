/** Plays recorded frames to a subscriber: each gets the whole recording, from its first frame. */
import type { RecordedFrame } from './bybit-recorded-data.ts';
import type { TopicSource } from './bybit-venue.ts';

export interface RecordedTopicOptions {
  /** In the order in which they were recorded. */
  readonly frames: readonly RecordedFrame[];
  /** Milliseconds of the recording in one real millisecond. */
  readonly speed: number;
  /** The real time, epoch milliseconds. */
  readonly now: () => number;
}

/** A fast recording is played in portions, so that sockets drain in between. */
const MAX_PORTION = 200;
const MAX_TIMER_MS = 2 ** 31 - 1;

/** A shared playing would give those who come late deltas of a snapshot that they never saw. */
export function createRecordedTopic({ frames, speed, now }: RecordedTopicOptions): TopicSource {
  const firstMs = frames[0]?.timeMs ?? 0;
  return {
    join(onFrame) {
      const beganAtMs = now();
      let next = 0;
      let hasLeft = false;
      let timer: NodeJS.Timeout | undefined;

      function play(): void {
        const untilMs = firstMs + (now() - beganAtMs) * speed;
        const end = Math.min(frames.length, next + MAX_PORTION);
        let frame = frames[next];
        while (!hasLeft && frame !== undefined && frame.timeMs <= untilMs && next < end) {
          next += 1;
          onFrame(frame);
          frame = frames[next];
        }
        if (!hasLeft && frame !== undefined) {
          const waitMs = beganAtMs + (frame.timeMs - firstMs) / speed - now();
          timer = setTimeout(play, Math.min(Math.max(0, Math.ceil(waitMs)), MAX_TIMER_MS));
        }
      }

      play();
      return () => {
        hasLeft = true;
        clearTimeout(timer);
      };
    },
  };
}
