import { ERROR_CODES } from '@tickwire/protocol';
import { z } from 'zod';

/**
 * What processes tell each other over Redis about channels: those that bring them to clients, what
 * they want; those that follow venues, what can be had.
 */

/** Where all processes that follow venues listen. */
export function requestsChannel(prefix: string): string {
  return `${prefix}leases`;
}

/** Where one process gets its answers. */
export function answersChannel(prefix: string, process: string): string {
  return `${prefix}leases:${process}`;
}

const request = z.union([
  /** A process wants a channel. */
  z.object({ process: z.string(), id: z.number(), channel: z.string() }),
  /** All that it has; what is not named is given back. */
  z.object({ process: z.string(), holds: z.array(z.string()) }),
]);
export type LeaseRequest = z.infer<typeof request>;

const answer = z.union([
  /** The channel, under the name that its events carry. */
  z.object({ id: z.number(), channel: z.string() }),
  z.object({
    id: z.number(),
    code: z.string().transform((code) => (isErrorCode(code) ? code : 'INTERNAL_ERROR')),
    message: z.string(),
  }),
]);
export type LeaseAnswer = z.infer<typeof answer>;

/** Undefined for what is no request. */
export function readRequest(text: string): LeaseRequest | undefined {
  return read(request, text);
}

/** Undefined for what is no answer. */
export function readAnswer(text: string): LeaseAnswer | undefined {
  return read(answer, text);
}

function read<T>(schema: z.ZodType<T>, text: string): T | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function isErrorCode(code: string): code is keyof typeof ERROR_CODES {
  return code in ERROR_CODES;
}
