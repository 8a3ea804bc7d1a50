import { delimiter } from 'node:path';
import { parseSimulatorSettings } from '@tickwire/simulator';
import { describe, expect, test } from 'vitest';

describe('parseSimulatorSettings', () => {
  test('has a default for everything', () => {
    expect(parseSimulatorSettings({ SIMULATOR_SEED: ' ' })).toEqual({
      seed: 1,
      weekend: 'open',
      data: [],
      shift: 'weeks',
      startOffsetMs: 0,
      speed: 1,
    });
  });

  test('reads every variable', () => {
    expect(
      parseSimulatorSettings({
        SIMULATOR_SEED: '7',
        SIMULATOR_WEEKEND: 'closed',
        SIMULATOR_DATA: `a.csv, b${delimiter}c`,
        SIMULATOR_SHIFT: 'none',
        SIMULATOR_START: '-90m',
        SIMULATOR_SPEED: '2.5',
      }),
    ).toEqual({
      seed: 7,
      weekend: 'closed',
      data: ['a.csv', 'b', 'c'],
      shift: 'none',
      startOffsetMs: -5_400_000,
      speed: 2.5,
    });
  });

  test.each([
    ['-3h', -10_800_000],
    ['-2d', -172_800_000],
    ['-30s', -30_000],
    ['-1w', -604_800_000],
    ['0', 0],
  ])('reads a start of %s', (text, startOffsetMs) => {
    expect(parseSimulatorSettings({ SIMULATOR_START: text }).startOffsetMs).toBe(startOffsetMs);
  });

  test.each([
    ['SIMULATOR_SEED', '-1'],
    ['SIMULATOR_SEED', '1.5'],
    ['SIMULATOR_WEEKEND', 'maybe'],
    ['SIMULATOR_DATA', ','],
    ['SIMULATOR_SHIFT', 'days'],
    ['SIMULATOR_START', '3h'],
    ['SIMULATOR_START', '-3x'],
    ['SIMULATOR_START', '-999999w'],
    ['SIMULATOR_SPEED', '0'],
    ['SIMULATOR_SPEED', 'fast'],
  ])('refuses %s=%s in one line that names both', (variable, value) => {
    const parse = (): unknown => parseSimulatorSettings({ [variable]: value });
    expect(parse).toThrow(new RegExp(`^Expected ${variable} to be .+, got '${value}'$`));
  });

  test('names the option where a command line gave the value', () => {
    const parse = (): unknown => parseSimulatorSettings({ SIMULATOR_SPEED: 'x' }, () => '--speed');
    expect(parse).toThrow(/^Expected --speed to be/);
  });
});
