/** What is saved. */
export const KINDS = /** @type {const} */ (['crypto candles', 'FX candles', 'quotes']);

/** How many rows one call of our store has: what Bybit, and OANDA, answer at most. */
export const BATCHES = /** @type {const} */ ([1_000, 5_000]);

/** How many rows the kinder peer has in a transaction. */
export const ROWS_PER_TRANSACTION = 1_000;

/**
 * Who saves, in the order in which each round measures them: our store, one INSERT per row, and the
 * same with {@link ROWS_PER_TRANSACTION} of them in a transaction.
 */
export const SUBJECTS = /** @type {const} */ (['tickwire', 'rows', 'transactions']);

/** @typedef {(typeof KINDS)[number]} Kind */
/** @typedef {(typeof SUBJECTS)[number]} SubjectName */

/**
 * One thing to measure.
 * @typedef {object} Step
 * @property {Kind} kind
 * @property {number} slot Steps of one slot and kind have the same rows.
 * @property {number} rows
 * @property {number} batch
 * @property {boolean} isRepeat Whether the rows are there already.
 */

/** What our store is measured with. */
export const CASES = KINDS.flatMap((kind) =>
  BATCHES.flatMap((batch) => [false, true].map((isRepeat) => ({ kind, batch, isRepeat }))),
);

const WARM_UP_SLOT = BATCHES.length;
const WARM_UP_ROWS = 5_000;
const PEER_WARM_UP_ROWS = 500;

/**
 * What a round asks of a subject: all kinds in all batches, new and again. The peers know no
 * batches, and take longer for a row.
 * @param {SubjectName} subject
 * @param {{ rows: number, peerRows: number }} options
 * @returns {Step[]}
 */
export function planSteps(subject, { rows, peerRows }) {
  return KINDS.flatMap((kind) =>
    subject === 'tickwire'
      ? BATCHES.flatMap((batch, slot) => newAndAgain({ kind, slot, rows, batch }))
      : newAndAgain({ kind, slot: 0, rows: peerRows, batch: ROWS_PER_TRANSACTION }),
  );
}

/**
 * What comes before: so that the code is compiled, and the partitions of all rows are there.
 * @param {SubjectName} subject
 * @param {{ rows: number, peerRows: number }} options
 * @returns {Step[]}
 */
export function planWarmUp(subject, { rows, peerRows }) {
  const count =
    subject === 'tickwire' ? Math.min(rows, WARM_UP_ROWS) : Math.min(peerRows, PEER_WARM_UP_ROWS);
  return KINDS.flatMap((kind) =>
    newAndAgain({ kind, slot: WARM_UP_SLOT, rows: count, batch: BATCHES[0] }),
  );
}

/**
 * @param {Omit<Step, 'isRepeat'>} step
 * @returns {Step[]}
 */
function newAndAgain(step) {
  return [
    { ...step, isRepeat: false },
    { ...step, isRepeat: true },
  ];
}
