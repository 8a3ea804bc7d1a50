import { parseArgs } from 'node:util';

/** Fewer rounds give no median worth the name. */
export const MIN_ROUNDS = 3;

/** A flag has a value that it cannot have; the message is for the person who gave it. */
export class UsageError extends Error {}

/**
 * Reads the values of flags, and nothing but flags. Throws a {@link UsageError}.
 * @template {NonNullable<import('node:util').ParseArgsConfig['options']>} const Flags
 * @param {readonly string[]} args
 * @param {Flags} flags
 * @returns {ReturnType<typeof parseArgs<{ args: string[], options: Flags }>>['values']}
 */
export function readFlags(args, flags) {
  try {
    return parseArgs({ args: [...args], options: flags }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/**
 * @param {string} flag
 * @param {string} text
 * @param {{ min: number, max: number, isWhole: boolean }} range
 */
export function readNumber(flag, text, { min, max, isWhole }) {
  const pattern = isWhole ? /^\d+$/ : /^\d+(\.\d+)?$/;
  const value = Number(text);
  if (!pattern.test(text) || value < min || value > max) {
    const kind = isWhole ? 'a whole number' : 'a number';
    throw new UsageError(`${flag}: expected ${kind} from ${min} to ${max}, got '${text}'`);
  }
  return value;
}

/**
 * The choices that were named, in their own order; all of them where none was.
 * @template {string} Choice
 * @param {string} flag
 * @param {readonly string[]} names
 * @param {readonly Choice[]} choices
 * @returns {readonly Choice[]}
 */
export function readChoices(flag, names, choices) {
  for (const name of names) {
    if (!choices.some((choice) => choice === name)) {
      throw new UsageError(`${flag}: expected one of ${choices.join(', ')}, got '${name}'`);
    }
  }
  return choices.filter((choice) => names.length === 0 || names.includes(choice));
}
