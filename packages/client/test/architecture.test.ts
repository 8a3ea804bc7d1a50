import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const source = fileURLToPath(new URL('../src', import.meta.url));

describe.each(readdirSync(source))('%s', (file) => {
  const text = readFileSync(join(source, file), 'utf8');

  test('runs in a browser: it imports nothing but its siblings and the protocol', () => {
    const imports = Array.from(text.matchAll(/from '([^']+)'/g), ([, specifier = '']) => specifier);
    const allowed = (name: string): boolean =>
      name.startsWith('./') || name === '@tickwire/protocol';
    expect(imports.filter((name) => !allowed(name))).toEqual([]);
  });

  test('has at most 300 lines', () => {
    expect(text.split('\n').length).toBeLessThanOrEqual(301);
  });
});
