import { describe, expect, test } from 'vitest';
import { END_SLOT, NO_SLOT, TickTimes } from '../../src/market/tick-times.ts';

const HOUR_MS = 3_600_000;
const always = (): boolean => true;

function slotsOf(ticks: TickTimes): number[] {
  const slots: number[] = [];
  for (let slot = ticks.slotFrom(0); slot !== END_SLOT; slot = ticks.slotAfter(slot)) {
    slots.push(slot);
  }
  return slots;
}

describe('TickTimes', () => {
  test.each([0.05, 0.7, 3, 40, 150, 5_000])(
    'orders and counts the ticks of an hour with %d a minute',
    (ticksPerMinute) => {
      for (const hour of [-3, 0, 495_000]) {
        const ticks = new TickTimes({ key: 9, hour, ticksPerMinute, isOpen: always });
        const slots = slotsOf(ticks);
        const times = slots.map((slot) => ticks.timeOf(slot));

        expect(slots).toHaveLength(ticks.count);
        expect(slots.map((slot) => ticks.rankOf(slot))).toEqual(slots.map((_, index) => index));
        expect(times.every((time) => time >= 0 && time < HOUR_MS)).toBe(true);
        expect(times.every((time, index) => index === 0 || time > (times[index - 1] ?? 0))).toBe(
          true,
        );
      }
    },
  );

  test('finds the first tick at or after every time, and the one before it', () => {
    for (const ticksPerMinute of [0.2, 2, 300]) {
      const ticks = new TickTimes({ key: 4, hour: 12, ticksPerMinute, isOpen: always });
      const slots = slotsOf(ticks);
      for (const [index, slot] of slots.entries()) {
        const timeMs = ticks.timeOf(slot);
        expect(ticks.slotFrom(timeMs)).toBe(slot);
        expect(ticks.slotFrom(timeMs + 1)).toBe(slots[index + 1] ?? END_SLOT);
        expect(ticks.slotBefore(slot)).toBe(slots[index - 1] ?? NO_SLOT);
      }
      expect(ticks.slotBefore(END_SLOT)).toBe(slots.at(-1) ?? NO_SLOT);
      expect(ticks.slotFrom(-5)).toBe(slots[0] ?? END_SLOT);
      expect(ticks.slotFrom(HOUR_MS)).toBe(END_SLOT);
    }
  });

  test('ticks as often as it is told on average', () => {
    let count = 0;
    for (let hour = 0; hour < 400; hour += 1) {
      count += new TickTimes({ key: 1, hour, ticksPerMinute: 2.5, isOpen: always }).count;
    }

    expect(count / (400 * 60)).toBeGreaterThan(2.4);
    expect(count / (400 * 60)).toBeLessThan(2.6);
  });

  test('ticks only in open minutes', () => {
    const isOpen = (minute: number): boolean => minute >= 5 && minute < 59;
    const ticks = new TickTimes({ key: 3, hour: 8, ticksPerMinute: 20, isOpen });
    const closed = new TickTimes({ key: 3, hour: 8, ticksPerMinute: 20, isOpen: () => false });

    expect(ticks.slotFrom(0)).toBe(ticks.slotFrom(5 * 60_000));
    expect(ticks.slotFrom(59 * 60_000)).toBe(END_SLOT);
    expect(closed.count).toBe(0);
    expect(closed.slotFrom(0)).toBe(END_SLOT);
    expect(closed.slotBefore(END_SLOT)).toBe(NO_SLOT);
  });
});
