import { readFileSync } from 'node:fs';
import { ERROR_CODES } from '@tickwire/protocol';
import { describe, expect, test } from 'vitest';
import { METRICS } from '../src/app/metric-definitions.ts';
import { SETTINGS } from '../src/app/settings.ts';

const ROOT = new URL('../../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');

/** The cells of each table row whose first cell is code, the quotes of code taken off. */
function rowsOf(document: string, name = '[A-Z_]+'): string[][] {
  return [...document.matchAll(new RegExp(`^\\| (\`${name}\` \\|.*)\\|$`, 'gm'))].map(
    ([, row = '']) => row.split('|').map((cell) => cell.trim().replaceAll('`', '')),
  );
}

describe('documents say what the source says', () => {
  test('every setting with its default', () => {
    const documented = rowsOf(read('docs/settings.md')).map(([name, fallback]) => [name, fallback]);
    const settings = Object.entries(SETTINGS).map(([name, { fallback = '–' }]) => [name, fallback]);
    expect(documented).toEqual(settings);
  });

  test('every metric with its type and its labels', () => {
    const documented = rowsOf(read('docs/metrics.md'), '[a-z_]+');
    const metrics = Object.entries(METRICS).map(([name, { type, labels }]) => [
      name,
      type,
      labels.length === 0 ? '–' : labels.join(', '),
    ]);
    expect(documented.map((row) => row.slice(0, 3))).toEqual(metrics);
  });

  test('every error code', () => {
    const source = read('packages/server/src/domain/errors.ts');
    const codes = [...source.matchAll(/'([A-Z]+(?:_[A-Z]+)+)'/g)].map(([, code]) => code);
    const documented = rowsOf(read('docs/errors.md')).map(([code]) => code);
    expect([...documented].sort()).toEqual([...new Set(codes)].sort());
  });

  test('every code of the wire with its close code and its rule', () => {
    const documented = rowsOf(read('PROTOCOL.md'));
    const codes = Object.entries(ERROR_CODES).map(([code, { close, reconnect }]) => [
      code,
      close === undefined ? '–' : String(close),
      reconnect,
    ]);
    expect(documented.map((row) => row.slice(0, 3))).toEqual(codes);
  });

  test('every event of the wire', () => {
    const source = read('packages/protocol/src/messages.ts');
    const events = [...source.matchAll(/^ {2}([a-z_]+): \(payload/gm)].map(([, event]) => event);
    const protocol = read('PROTOCOL.md');
    expect(events.length).toBeGreaterThan(10);
    expect(events.filter((event = '') => !protocol.includes(event))).toEqual([]);
  });

  test('the commands of README are there, and README is short', () => {
    const readme = read('README.md');
    expect(readme).toContain('npm ci && npm start');
    expect(readme).toContain('npm ci && npm test');
    expect(readme.split('\n').length).toBeLessThanOrEqual(121);
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    for (const [, name = ''] of readme.matchAll(/`npm (?:run )?([a-z]+)`/g)) {
      expect(scripts).toHaveProperty(name);
    }
  });

  test('links lead somewhere', () => {
    for (const document of [
      'README.md',
      'ARCHITECTURE.md',
      'PROTOCOL.md',
      'docs/settings.md',
      'docs/commands.md',
      'docs/errors.md',
      'docs/embedding.md',
      'docs/simulator.md',
      'docs/client.md',
      'docs/rest.md',
      'docs/metrics.md',
    ]) {
      const links = [...read(document).matchAll(/\]\((?!https?:)([^)#]+)\)/g)];
      for (const [, link = ''] of links) {
        const target = new URL(link, new URL(document, ROOT));
        expect(
          () => target.pathname.endsWith('/') || readFileSync(target),
          `${document}: ${link}`,
        ).not.toThrow();
      }
    }
  });
});
