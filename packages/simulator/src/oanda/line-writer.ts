/** Writes the lines of one stream, each as a chunk of its own unless a fault wants it otherwise. */
import type { ServerResponse } from 'node:http';
import type { FaultState } from '../faults/faults.ts';

/** What a reader may leave unread before its stream is ended: some minutes of a busy market. */
const MAX_UNREAD_BYTES = 4 * 1024 * 1024;
/** Between the halves of a line, so that they do not reach the reader as one. */
const SPLIT_PAUSE_MS = 2;
const BROKEN_LINE = '{"type":"PRICE","time":"2016-10-27T08:3\n';

export interface LineWriter {
  /** Writes one JSON text and its line feed. */
  write(json: string): void;
}

/** `onOverflow` is called, once, when the reader has left too much unread. */
export function createLineWriter(
  response: ServerResponse,
  faults: FaultState,
  onOverflow: () => void,
): LineWriter {
  /** Chunks that wait for the pause after the one before them. */
  const paused: string[] = [];
  let pausedLength = 0;
  let longestLength = 0;
  let held: string | undefined;
  let lineCount = 0;
  let isOver = false;

  function send(chunk: string): void {
    if (paused.length > 0) {
      pause(chunk);
    } else {
      response.write(chunk);
    }
    longestLength = Math.max(longestLength, chunk.length);
    const unread = response.writableLength + pausedLength;
    // A recorded line may be longer than the bound, which is no fault of the reader.
    if (!isOver && unread > MAX_UNREAD_BYTES + longestLength) {
      isOver = true;
      onOverflow();
    }
  }

  function pause(chunk: string): void {
    paused.push(chunk);
    pausedLength += chunk.length;
    if (paused.length === 1) {
      setTimeout(sendPaused, SPLIT_PAUSE_MS).unref();
    }
  }

  function sendPaused(): void {
    const chunk = paused.shift();
    if (chunk === undefined || isOver || response.destroyed || response.writableEnded) {
      return;
    }
    pausedLength -= chunk.length;
    response.write(chunk);
    if (paused.length > 0) {
      setTimeout(sendPaused, SPLIT_PAUSE_MS).unref();
    }
  }

  function sendLine(line: string): void {
    if (held !== undefined) {
      const before = held;
      held = undefined;
      send(before + line);
    } else if (faults.take('join-lines') !== undefined) {
      held = line;
    } else if (faults.take('split-lines') !== undefined) {
      const middle = line.length >> 1;
      send(line.slice(0, middle));
      pause(line.slice(middle));
    } else {
      send(line);
    }
  }

  return {
    write(json) {
      if (isOver || response.destroyed || faults.take('stall') !== undefined) {
        return;
      }
      lineCount += 1;
      const malformed = faults.peek('malformed');
      if (malformed !== undefined && lineCount % (malformed.every ?? 1) === 0) {
        faults.take('malformed');
        send(BROKEN_LINE);
      }
      sendLine(`${json}\n`);
    },
  };
}
