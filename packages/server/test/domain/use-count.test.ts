import { describe, expect, test } from 'vitest';
import { UseCount } from '../../src/domain/use-count.ts';

describe('UseCount', () => {
  test('counts all, and those of the last whole second', () => {
    const count = new UseCount();
    [1_000, 1_200, 1_999].forEach((now) => {
      count.add(now);
    });
    expect(count.total).toBe(3);
    expect(count.perSecond(1_999)).toBe(0);
    expect(count.perSecond(2_000)).toBe(3);
    count.add(2_500);
    expect(count.perSecond(2_999)).toBe(3);
    expect(count.perSecond(3_000)).toBe(1);
    expect(count.perSecond(4_000)).toBe(0);
    expect(count.total).toBe(4);
  });

  test('says none after a second without any, however long nobody has asked', () => {
    const count = new UseCount();
    count.add(1_000);
    expect(count.perSecond(3_000)).toBe(0);
  });
});
