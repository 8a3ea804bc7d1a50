import { formatNumber } from '../table.js';
import { CPU_FIGURE, MAX_FIGURE, P99_FIGURE } from './figures.js';
import { SUBJECTS } from './subjects.js';
import { WIRES } from './wires.js';

/** What is drawn: of each phase the one figure that it is about. */
const PANELS = [
  { phase: 'spread', name: CPU_FIGURE },
  { phase: 'burst', name: CPU_FIGURE },
  { phase: 'burst', name: P99_FIGURE },
  { phase: 'max', name: MAX_FIGURE },
];
const WIDTH = 720;
const LABEL_WIDTH = 270;
const VALUE_WIDTH = 90;
const BAR_HEIGHT = 16;
const ROW_HEIGHT = 20;
const TITLE_HEIGHT = 34;
const MARGIN = 16;
/** Also where nobody sees red and green. */
const COLORS = { tickwire: '#0072b2', 'socket.io': '#d55e00', ws: '#d55e00', raw: '#999999' };

/**
 * Draws the figures as bars, each panel from zero.
 * @param {Pick<import('./report.js').Result, 'figures'>} result
 * @returns {string} SVG.
 */
export function drawChart({ figures }) {
  let y = MARGIN;
  const parts = [];
  for (const { phase, name } of PANELS) {
    const found = figures.filter((figure) => figure.phase === phase && figure.name === name);
    if (found.length > 0) {
      const { svg, height } = drawPanel(found, y);
      parts.push(svg);
      y += height;
    }
  }
  const height = y + MARGIN;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" ` +
    `width="${WIDTH}" height="${height}" font-family="system-ui, sans-serif" font-size="12">\n` +
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>\n${parts.join('')}</svg>\n`
  );
}

/**
 * @param {readonly import('./figures.js').Figure[]} figures The same figure of each case.
 * @param {number} top
 */
function drawPanel(figures, top) {
  const bars = figures.flatMap(({ wire, clients, values }) =>
    SUBJECTS[wire].map((subject) => ({
      label: `${WIRES[wire].title}, ${clients}: ${subject}`,
      subject,
      value: values[subject] ?? NaN,
    })),
  );
  const most = Math.max(...bars.map(({ value }) => (Number.isNaN(value) ? 0 : value)));
  const space = WIDTH - LABEL_WIDTH - VALUE_WIDTH - 2 * MARGIN;
  const rows = bars.map(({ label, subject, value }, row) => {
    const y = top + TITLE_HEIGHT + row * ROW_HEIGHT;
    const text = Number.isNaN(value) ? '–' : formatNumber(value);
    const length = most === 0 || Number.isNaN(value) ? 0 : (value / most) * space;
    const textY = y + BAR_HEIGHT - 4;
    return (
      `<text x="${MARGIN + LABEL_WIDTH - 8}" y="${textY}" text-anchor="end">${label}</text>` +
      `<rect x="${MARGIN + LABEL_WIDTH}" y="${y}" width="${length.toFixed(1)}" ` +
      `height="${BAR_HEIGHT}" fill="${COLORS[subject]}"/>` +
      `<text x="${(MARGIN + LABEL_WIDTH + length + 6).toFixed(1)}" y="${textY}">${text}</text>\n`
    );
  });
  const [{ phase, name, better } = { phase: '', name: '', better: '' }] = figures;
  const title = `${phase}: ${name} (${better} is better)`;
  return {
    svg:
      `<text x="${MARGIN}" y="${top + TITLE_HEIGHT - 14}" font-weight="bold">${title}</text>\n` +
      rows.join(''),
    height: TITLE_HEIGHT + bars.length * ROW_HEIGHT,
  };
}
