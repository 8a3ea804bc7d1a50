/** What the messages of other programs are made of, whatever their channel. */
import {
  decimalFromNumber,
  isDecimal,
  isPositiveDecimal,
  parseInstrument,
} from '@tickwire/protocol';
import { z } from 'zod';
import { InvalidMessageError } from '../domain/errors.ts';

/** No venue writes a time in more characters; without a bound it would be kept whatever it is. */
const MAX_TIME_LENGTH = 40;
/** What is later cannot be written as a date (ECMA-262, "Time Values and Time Range"). */
const LATEST_DATE = 8.64e15;

/** A name in any case, as it is in upper case. */
export const instrument = z.string().transform((name, context) => {
  const parsed = parseInstrument(name);
  if (parsed === undefined) {
    context.addIssue({ code: 'custom', message: 'expected the name of an instrument' });
    return z.NEVER;
  }
  return parsed;
});

/** Numbers are written the shortest way that reads back the same. */
const text = z.union([z.string(), z.number().transform(decimalFromNumber)]);

export const decimal = text.refine(isDecimal, { message: 'expected a decimal' });

export const positiveDecimal = text.refine(isPositiveDecimal, {
  message: 'expected a decimal above zero',
});

/** ISO 8601; a time without zone is UTC, as the origin wrote it. */
export const isoTime = z
  .string()
  .max(MAX_TIME_LENGTH)
  .pipe(z.iso.datetime({ local: true, offset: true }))
  .transform((given, context) => {
    const time = toUtc(given);
    if (time === undefined) {
      context.addIssue({ code: 'custom', message: 'expected a time of the years 0 to 9999' });
      return z.NEVER;
    }
    return time;
  });

export const epochMs = z.number().int().min(0).max(LATEST_DATE);

/** Reads a message of a channel; throws an InvalidMessageError that says which field is wrong. */
export function read<T>(channel: string, schema: z.ZodType<T>, payload: unknown): T {
  const result = schema.safeParse(payload);
  if (!result.success) {
    const [issue] = result.error.issues;
    const where = issue === undefined || issue.path.length === 0 ? '' : ` ${issue.path.join('.')}:`;
    throw new InvalidMessageError(`${channel}:${where} ${issue?.message ?? 'invalid message'}`);
  }
  return result.data;
}

/** The same moment in UTC, with every digit that it had; undefined where its zone leads too far. */
function toUtc(given: string): string | undefined {
  const [, local = '', fraction = '', zone = ''] = /^(.{19})(\.\d+)?(.*)$/.exec(given) ?? [];
  const utc = new Date(`${local}${zone === '' ? 'Z' : zone}`).toISOString();
  // Years beyond those of four digits are written with a sign.
  return /^\d/.test(utc) ? `${utc.slice(0, 19)}${fraction}Z` : undefined;
}
