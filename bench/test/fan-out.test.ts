import { describe, expect, test } from 'vitest';
import type { Result } from '../fan-out/report.js';
import { createDirectory, readResults, runBench } from './run-bench.ts';

const SCRIPT = 'fan-out.js';
const CLIENTS = 5;

describe('fan-out', () => {
  test(
    'measures all servers over both wires without loss and keeps what it found',
    { timeout: 60_000 },
    async () => {
      const directory = await createDirectory();
      const { code, output, errors } = await runBench(SCRIPT, [
        ...['--clients', String(CLIENTS), '--runs', '1', '--seconds', '0.3'],
        ...['--phase', 'light', '--output', directory],
      ]);
      expect(code, errors).toBe(0);
      expect(output).toContain('server CPU µs per delivery');

      const files = await readResults(directory);
      const { rounds, figures } = JSON.parse(files['json'] ?? '') as Result;
      expect(rounds.map(({ wire, subject }) => `${wire}: ${subject}`)).toEqual([
        'socket.io: tickwire',
        'socket.io: socket.io',
        'socket.io: raw',
        'plain: tickwire',
        'plain: ws',
        'plain: raw',
      ]);
      for (const { phases, warmUpLost } of rounds) {
        expect(warmUpLost).toBe(0);
        expect(Object.keys(phases)).toEqual(['light']);
        // 20 a second, for 0.3 s, to each client.
        expect(phases['light']).toMatchObject({
          expected: 6 * CLIENTS,
          lost: 0,
          missingNumbers: 0,
          repeated: 0,
          closedClients: 0,
        });
        expect(Math.round(phases['light']?.messageBytes ?? 0)).toBeGreaterThan(150);
      }
      expect(figures).toHaveLength(2 * 7);
      for (const { name, values } of figures) {
        expect(Object.values(values).every(Number.isFinite), name).toBe(true);
      }
      expect(files['md']).toContain('| tickwire / socket.io |');
      expect(files['svg']).toMatch(/^<svg[^]+<\/svg>\n$/);
    },
  );

  test(
    'finds the highest rate, also of clients with subscriptions of their own',
    { timeout: 60_000 },
    async () => {
      const directory = await createDirectory();
      const { code, errors } = await runBench(SCRIPT, [
        ...['--clients', '20', '--runs', '1', '--seconds', '0.2', '--pairs', '5'],
        ...['--phase', 'max', '--wire', 'plain', '--quick', '--output', directory],
      ]);
      expect(code, errors).toBe(0);
      const { rounds } = JSON.parse((await readResults(directory))['json'] ?? '') as Result;
      expect(rounds).toHaveLength(3);
      for (const { max, maxTrials } of rounds) {
        const sound = maxTrials.filter(({ isSound }) => isSound);
        expect(maxTrials.length).toBeGreaterThan(1);
        expect(max?.deliveriesPerSecond ?? -Infinity).toBe(
          Math.max(...sound.map(({ deliveriesPerSecond }) => deliveriesPerSecond)),
        );
        expect(sound.every(({ lost, repeated }) => lost === 0 && repeated === 0)).toBe(true);
      }
    },
  );

  test('refuses a flag that is wrong, and says what it may be', async () => {
    const { code, errors } = await runBench(SCRIPT, ['--clients', '100,many']);
    expect(code).toBe(2);
    expect(errors).toContain("--clients: expected a whole number from 1 to 20000, got 'many'");
  });
});
