import { expect, test } from 'vitest';
import { prefersCsv } from '../../src/api/accepted-type.ts';

test.each([
  [undefined, false],
  ['*/*', false],
  ['text/csv', true],
  ['TEXT/CSV', true],
  ['text/*', true],
  ['application/json', false],
  ['text/csv, application/json', false],
  ['application/json;q=0.5, text/csv', true],
  ['text/csv;q=0.5, */*', false],
  ['text/csv, */*;q=0.1', true],
  ['text/csv, */*', true],
  ['text/csv;q=0', false],
  ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', false],
  ['text/csv;q=junk, ;,,;;', false],
])('Accept: %s', (accept, isCsv) => {
  expect(prefersCsv(accept)).toBe(isCsv);
});
