import { fileURLToPath } from 'node:url';

/**
 * What is measured, by wire, in the order in which each run measures it: ours, what people usually
 * write, and the least that a program for Node can do.
 */
export const SUBJECTS = /** @type {const} */ ({
  'socket.io': ['tickwire', 'socket.io', 'raw'],
  plain: ['tickwire', 'ws', 'raw'],
});

/** @typedef {'tickwire' | 'socket.io' | 'ws' | 'raw'} SubjectName */

/** @type {Readonly<Record<SubjectName, string>>} */
export const SUBJECT_SCRIPTS = {
  tickwire: toScript('tickwire.js'),
  'socket.io': toScript('stock.js'),
  ws: toScript('ws.js'),
  raw: toScript('raw.js'),
};

/** What each one is, for a report. */
export const SUBJECT_DESCRIPTIONS = {
  tickwire: 'this server, embedded, with validation, numbering, history and last values',
  'socket.io': 'socket.io as it comes: a room per pair, one `emit` per message',
  ws: '`ws` as it comes: one `send` of a string per client and message',
  raw: 'node:net alone: the frames of a tick joined once, one `write` per client',
};

/** @param {string} name */
function toScript(name) {
  return fileURLToPath(new URL(`peers/${name}`, import.meta.url));
}
