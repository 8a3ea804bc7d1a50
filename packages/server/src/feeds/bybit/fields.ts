/** Reads JSON of which nothing is known; whatever is wrong throws an InvalidMessageError. */
import { isDecimal, isPositiveDecimal } from '@tickwire/protocol';
import { InvalidMessageError } from '../../domain/errors.ts';

/** A JSON object of which nothing is known. */
export type Fields = Record<string, unknown>;

const MAX_SHOWN_LENGTH = 60;
/** What is later cannot be written as a date (ECMA-262, "Time Values and Time Range"). */
const LATEST_DATE = 8.64e15;

/** Opens a text that MUST be one JSON object. */
export function parseObject(text: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InvalidMessageError('Expected JSON', { cause: error });
  }
  return objectOf(value);
}

/** Tells whether a value is a JSON object. */
export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value, which MUST be a JSON object. */
export function objectOf(value: unknown): Fields {
  if (!isObject(value)) {
    throw new InvalidMessageError(`Expected a JSON object, got ${shown(value)}`);
  }
  return value;
}

/** The value, which MUST be a JSON list. */
export function rowsOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) {
    throw new InvalidMessageError(`Expected a JSON list, got ${shown(value)}`);
  }
  return value;
}

/** The value, which MUST be a decimal as a text. */
export function decimal(name: string, value: unknown): string {
  if (typeof value !== 'string' || !isDecimal(value)) {
    throw new InvalidMessageError(`Expected a decimal as ${name}, got ${shown(value)}`);
  }
  return value;
}

/** The value, which MUST be a decimal above zero. */
export function positiveDecimal(name: string, value: unknown): string {
  const text = decimal(name, value);
  if (!isPositiveDecimal(text)) {
    throw new InvalidMessageError(`Expected a ${name} above zero, got ${shown(value)}`);
  }
  return text;
}

/** The value, which MUST be a decimal and not below zero. */
export function amount(name: string, value: unknown): string {
  const text = decimal(name, value);
  if (text.startsWith('-')) {
    throw new InvalidMessageError(`Expected a ${name} of at least 0, got ${shown(value)}`);
  }
  return text;
}

/** The value, which MUST be epoch milliseconds, as a number. */
export function timestamp(name: string, value: unknown): number {
  const time = wholeNumber(name, value);
  if (time < 0 || time > LATEST_DATE) {
    throw new InvalidMessageError(`Expected a time as ${name}, got ${shown(value)}`);
  }
  return time;
}

/** The value, which MUST be a whole number that is exact. */
export function wholeNumber(name: string, value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
    throw new InvalidMessageError(`Expected a whole number as ${name}, got ${shown(value)}`);
  }
  return value;
}

/** What is to be said of a value in a message: short, and safe for values of any shape. */
export function shown(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `'${value.slice(0, MAX_SHOWN_LENGTH)}'`;
    case 'number':
      return String(value);
    case 'undefined':
      return 'nothing';
    default:
      return Array.isArray(value) ? 'a list' : value === null ? 'null' : typeof value;
  }
}
