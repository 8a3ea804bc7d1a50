import { setImmediate as breathe } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { createTurns } from '../../src/bybit/bybit-turns.ts';

const TURN_MS = 8;

/** Works for longer than a turn. */
function work(): void {
  const endsAt = performance.now() + TURN_MS + 1;
  while (performance.now() < endsAt) {
    // Busy, as a sum of trades is.
  }
}

describe('createTurns', () => {
  test('lets one computation work between two turns of the event loop', async () => {
    const turns = createTurns();
    const ended: number[] = [];
    let rounds = 0;
    const computations = Array.from({ length: 5 }, async () => {
      const takeTurn = await turns.begin();
      work();
      await takeTurn();
      ended.push(rounds);
    });
    while (ended.length < computations.length) {
      await breathe();
      rounds += 1;
    }
    await Promise.all(computations);
    expect(new Set(ended).size).toBe(computations.length);
    expect(rounds).toBeGreaterThanOrEqual(2 * computations.length - 1);
  });

  test('ends a computation whose signal is aborted, and goes on with the next one', async () => {
    const turns = createTurns();
    const gone = new AbortController();
    const takeTurn = await turns.begin(gone.signal);
    work();
    const turn = takeTurn();
    const other = turns.begin();
    gone.abort();
    await expect(turn).rejects.toThrow('aborted');
    await expect(turns.begin(gone.signal)).rejects.toThrow('aborted');
    await (
      await other
    )();
  });
});
