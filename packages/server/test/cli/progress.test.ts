import { describe, expect, test } from 'vitest';
import { createProgress } from '../../src/cli/progress.ts';

const at = (share: number) => ({
  instrument: 'EUR_USD',
  interval: '60' as const,
  done: share * 4_000,
  total: 4_000,
  share,
});

/** A display, what it has written, and its time. */
function display(terminal: { isTTY?: boolean; columns?: number }) {
  const state = { text: '', now: 0 };
  const output = { ...terminal, write: (text: string) => (state.text += text) };
  return { state, progress: createProgress(output, () => state.now) };
}

describe('progress', () => {
  test('is a bar on a terminal, which goes away', () => {
    const { state, progress } = display({ isTTY: true, columns: 80 });
    progress.show(at(0.5));
    const bar = `${'█'.repeat(10)}${'░'.repeat(10)}`;
    expect(state.text).toBe(`\r\u001b[K${bar}  50 %  EUR_USD H1 2,000 of 4,000 candles`);
    state.text = '';
    progress.write('a warning');
    expect(state.text).toBe('\r\u001b[Ka warning\n');
    state.text = '';
    progress.show(at(1));
    expect(state.text).toContain('100 %');
    progress.end();
    progress.end();
    expect(state.text.endsWith('\r\u001b[K')).toBe(true);
    expect(state.text.split('\r\u001b[K')).toHaveLength(3);
  });

  test('never wraps, and draws ten times a second at most', () => {
    const { state, progress } = display({ isTTY: true, columns: 30 });
    progress.show(at(0.25));
    expect(state.text).toHaveLength('\r\u001b[K'.length + 29);
    progress.show(at(0.5));
    expect(state.text).not.toContain('50 %');
    state.now = 100;
    progress.show(at(0.5));
    expect(state.text).toContain('50 %');
  });

  test('is a line a second where there is no terminal', () => {
    const { state, progress } = display({});
    progress.show(at(0));
    progress.show(at(0.25));
    progress.write('a warning');
    state.now = 999;
    progress.show(at(0.5));
    state.now = 1_000;
    progress.show(at(0.999));
    progress.end();
    expect(state.text).toBe(
      [
        '  0 %  EUR_USD H1 0 of 4,000 candles',
        'a warning',
        ' 99 %  EUR_USD H1 3,996 of 4,000 candles',
        '',
      ].join('\n'),
    );
  });
});
