import type { TextFrame } from './frame.ts';

/**
 * One client's connection, as far as messages go. Whatever it is given reaches the client in the
 * order in which it was given, and in order with what the library itself writes.
 */
export interface Outlet {
  /** Whether the client agreed on compression. */
  readonly isCompressed: boolean;
  /** False from the moment at which either side began to close. */
  readonly isOpen: boolean;
  /** Whether nothing that was written before waits, so that {@link write} can be used. */
  readonly isClear: boolean;
  /**
   * Whether to keep messages until the connection is clear again. False where they go to the library
   * at once: while a client polls, or changes its transport.
   */
  readonly isDirect: boolean;
  /** Bytes that were given and that the client's side has not taken. */
  readonly waitingBytes: number;
  /** Writes finished frames; MUST NOT be called unless the connection is clear. */
  write(bytes: Buffer): void;
  /** Puts frames behind everything that waits. */
  append(frames: readonly TextFrame[]): void;
  /** Calls back once when it may be clear again, or has ended. Not before this turn is over. */
  onceClear(callback: () => void): void;
}
