/**
 * A number with three digits or more, as a report has it.
 * @param {number} value
 */
export function formatNumber(value) {
  return Number.isInteger(value) || Math.abs(value) >= 1_000
    ? String(Math.round(value))
    : value.toPrecision(3);
}

/**
 * `1.53 [1.02 – 1.69]`: the ratio of the medians, and of which rounds it was lowest and highest.
 * @param {import('./statistics.js').Ratio} ratio
 */
export function formatRatio({ ratio, lowestRatio, highestRatio }) {
  const [value, range] = toRatioCells({ ratio, lowestRatio, highestRatio });
  return range === '' ? value : `${value} ${range}`;
}

/**
 * The same as two cells.
 * @param {import('./statistics.js').Ratio} ratio
 * @returns {[value: string, range: string]}
 */
export function toRatioCells({ ratio, lowestRatio, highestRatio }) {
  return [
    ratio === null ? '–' : formatShare(ratio),
    lowestRatio === null || highestRatio === null
      ? ''
      : `[${formatShare(lowestRatio)} – ${formatShare(highestRatio)}]`,
  ];
}

/**
 * Two digits after the point, or as many as tell it from nothing.
 * @param {number} ratio
 */
function formatShare(ratio) {
  return ratio > 0 && ratio < 0.01 ? ratio.toPrecision(1) : ratio.toFixed(2);
}

/**
 * Lines of cells under a head, each column as wide as its widest cell.
 * @param {readonly { title: string, isText?: boolean }[]} columns Texts begin at the left, all
 *   others end at the right.
 * @param {readonly (readonly string[])[]} rows
 * @returns {string[]}
 */
export function formatTable(columns, rows) {
  const lines = [columns.map(({ title }) => title), ...rows];
  const widths = columns.map((_, column) =>
    Math.max(...lines.map((cells) => (cells[column] ?? '').length)),
  );
  return lines.map((cells) =>
    columns
      .map(({ isText = false }, column) => {
        const [cell, width] = [cells[column] ?? '', widths[column] ?? 0];
        return isText ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  ')
      .trimEnd(),
  );
}
