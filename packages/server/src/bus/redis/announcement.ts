import type { Announcement } from './operation.ts';

/** By which what we publish on the contract's channels is told from what others do. */
const SOURCE = 'tickwire';
/** So begins every announcement: no JSON need be parsed to tell that it is ours. */
const BEGINNING = `{"source":"${SOURCE}"`;

/** Writes what other programs are told on a channel: a message, marked as ours. */
export function toAnnouncement(channel: string, message: object): Announcement {
  return { channel, text: JSON.stringify({ source: SOURCE, ...message }) };
}

/** Whether a text is one that {@link toAnnouncement} has written. */
export function isAnnouncement(text: string): boolean {
  return text.startsWith(BEGINNING);
}

/** Whether a message is marked as ours, whoever has written it anew. */
export function isMarked(message: unknown): boolean {
  return (
    typeof message === 'object' &&
    message !== null &&
    'source' in message &&
    message.source === SOURCE
  );
}
