import { formatChannel, parseChannel } from '@tickwire/protocol';
import { ChannelError, toError } from '../domain/errors.ts';
import { Spacing } from '../domain/spacing.ts';
import type { ChannelDirectory, ChannelLease } from '../ports/channels.ts';
import type { Clock, ScheduledCall } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { RedisConnection, RedisUser } from '../ports/redis.ts';
import {
  type LeaseAnswer,
  type LeaseRequest,
  answersChannel,
  readRequest,
  requestsChannel,
} from './lease-messages.ts';

export interface LeaseServerOptions {
  readonly prefix: string;
  readonly directory: Pick<ChannelDirectory, 'lease'>;
  /** Tells all what a channel starts from; resolves when they have been told. */
  readonly tellStart: (channel: string) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
}

const SWEEP_MS = 1_000;
/** A process that says nothing for so long has gone, and wants nothing any more. */
const SILENT_AFTER_MS = 10_000;

const LOG_SPACING_MS = 60_000;

interface Granted {
  readonly lease: ChannelLease;
  /** When it was asked for last. */
  since: number;
}

/** What another process wants. */
interface Holder {
  readonly process: string;
  heardAt: number;
  readonly leases: Map<string, Granted>;
  /** Those that are looked for now. */
  readonly pending: Set<string>;
}

/** Follows channels for other processes, for as long as they say that they want them. */
export class LeaseServer implements RedisUser {
  readonly #options: LeaseServerOptions;
  readonly #holders = new Map<string, Holder>();
  readonly #logSpacing = new Spacing(LOG_SPACING_MS);
  #connection: RedisConnection | undefined;
  #sweep: ScheduledCall | undefined;

  constructor(options: LeaseServerOptions) {
    this.#options = options;
  }

  async opened(connection: RedisConnection): Promise<void> {
    const { clock, prefix } = this.#options;
    this.#connection = connection;
    // Nobody could be heard meanwhile.
    for (const holder of this.#holders.values()) {
      holder.heardAt = clock.elapsed();
    }
    this.#scheduleSweep();
    await connection.subscribe(requestsChannel(prefix), (text) => {
      const request = readRequest(text);
      if (request !== undefined && this.#connection === connection) {
        this.#receive(request);
      }
    });
  }

  ended(): void {
    this.#connection = undefined;
    this.#sweep?.cancel();
  }

  #receive(request: LeaseRequest): void {
    const holder = this.#holderOf(request.process);
    holder.heardAt = this.#options.clock.elapsed();
    if ('holds' in request) {
      this.#reconcile(holder, request.holds);
    } else {
      void this.#answer(holder, request);
    }
  }

  async #answer(
    holder: Holder,
    { process, id, channel }: Extract<LeaseRequest, { id: number }>,
  ): Promise<void> {
    try {
      const name = await this.#lease(holder, channel);
      await this.#options.tellStart(name);
      // It is not counted there before this answer is read.
      if (!this.#renew(holder, name)) {
        throw new ChannelError('INTERNAL_ERROR', `${name} was let go meanwhile`);
      }
      this.#send(process, { id, channel: name });
    } catch (error) {
      const code = error instanceof ChannelError ? error.code : 'INTERNAL_ERROR';
      if (!(error instanceof ChannelError)) {
        this.#options.logger.error({ err: toError(error), channel }, 'A channel cannot be served');
      }
      this.#send(process, { id, code, message: toError(error).message });
    }
  }

  /** Takes a place at a channel, and resolves with its name. */
  async #lease(holder: Holder, asked: string): Promise<string> {
    const channel = parseChannel(asked);
    if (channel === undefined) {
      throw new ChannelError('INVALID_SYMBOL', `There is no channel ${asked}`);
    }
    if (!this.#renew(holder, asked)) {
      const lease = await this.#options.directory.lease(channel);
      const name = formatChannel(lease.channel);
      if (this.#holders.get(holder.process) !== holder) {
        lease.release();
        throw new ChannelError('INTERNAL_ERROR', `Nobody holds on to ${name} any more`);
      }
      if (this.#renew(holder, name)) {
        lease.release();
      } else {
        holder.leases.set(name, { lease, since: this.#options.clock.elapsed() });
      }
      return name;
    }
    return asked;
  }

  /** Whether a channel is held; then it has been asked for again. */
  #renew(holder: Holder, name: string): boolean {
    const granted = holder.leases.get(name);
    if (granted !== undefined) {
      granted.since = this.#options.clock.elapsed();
    }
    return granted !== undefined;
  }

  /** Gives back what is not held any more, and takes what is: after a start of this process. */
  #reconcile(holder: Holder, holds: readonly string[]): void {
    const { clock, logger } = this.#options;
    for (const [name, { lease, since }] of holder.leases) {
      // One that was granted just now may not be counted there yet.
      const isSettled = clock.elapsed() - since > SILENT_AFTER_MS;
      if (isSettled && !holds.includes(name)) {
        holder.leases.delete(name);
        lease.release();
      }
    }
    for (const name of holds) {
      if (!holder.leases.has(name) && !holder.pending.has(name)) {
        holder.pending.add(name);
        this.#lease(holder, name)
          .then((known) => this.#options.tellStart(known))
          .catch((error: unknown) => {
            // It is tried again whenever it is said to be held.
            if (this.#logSpacing.take(clock.elapsed())) {
              logger.warn({ err: toError(error), channel: name }, 'A channel cannot be followed');
            }
          })
          .finally(() => {
            holder.pending.delete(name);
          });
      }
    }
  }

  #send(process: string, answer: LeaseAnswer): void {
    const channel = answersChannel(this.#options.prefix, process);
    // Whoever is not answered says so to its client.
    this.#connection
      ?.command('PUBLISH', channel, JSON.stringify(answer))
      .catch((error: unknown) => {
        this.#options.logger.debug({ err: error }, 'An answer was lost');
      });
  }

  #scheduleSweep(): void {
    const { clock } = this.#options;
    this.#sweep?.cancel();
    this.#sweep = clock.schedule(SWEEP_MS, () => {
      for (const [process, { heardAt, leases }] of this.#holders) {
        if (clock.elapsed() - heardAt > SILENT_AFTER_MS) {
          this.#holders.delete(process);
          leases.forEach(({ lease }) => {
            lease.release();
          });
        }
      }
      this.#scheduleSweep();
    });
  }

  #holderOf(process: string): Holder {
    const known = this.#holders.get(process);
    if (known !== undefined) {
      return known;
    }
    const holder: Holder = { process, heardAt: 0, leases: new Map(), pending: new Set() };
    this.#holders.set(process, holder);
    return holder;
  }
}
