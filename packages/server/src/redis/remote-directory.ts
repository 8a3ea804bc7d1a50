import { randomUUID } from 'node:crypto';
import { type Channel, formatChannel, parseChannel } from '@tickwire/protocol';
import { ChannelError } from '../domain/errors.ts';
import type { ChannelDirectory, ChannelLease, ChannelList } from '../ports/channels.ts';
import type { Clock, ScheduledCall } from '../ports/clock.ts';
import type { RedisConnection, RedisUser } from '../ports/redis.ts';
import {
  type LeaseAnswer,
  type LeaseRequest,
  answersChannel,
  readAnswer,
  requestsChannel,
} from './lease-messages.ts';

export interface RemoteDirectoryOptions {
  readonly prefix: string;
  /** Whether a channel is there without anybody following it on demand. */
  readonly isAlways: (channel: Channel) => boolean;
  readonly list: () => ChannelList;
  readonly clock: Clock;
}

/** How often it is said what is held. */
const HOLD_EVERY_MS = 3_000;
/** A channel may have to be asked of its venue first. */
const ANSWER_WITHIN_MS = 30_000;

const unreachable = (): ChannelError =>
  new ChannelError('INTERNAL_ERROR', 'Redis cannot be reached now');

/** What was asked of all processes that follow venues, and is not answered yet. */
interface Question {
  /** How many were asked; Infinity until Redis has said so. */
  reached: number;
  readonly refusals: ChannelError[];
  readonly resolve: (name: string) => void;
  readonly reject: (error: ChannelError) => void;
}

/** Which channels there are, where another process follows the venues: it is asked over Redis. */
export class RemoteDirectory implements ChannelDirectory, RedisUser {
  readonly #options: RemoteDirectoryOptions;
  readonly #process = randomUUID();
  /** How many hold on to each channel. */
  readonly #held = new Map<string, number>();
  readonly #questions = new Map<number, Question>();
  #asked = 0;
  #connection: RedisConnection | undefined;
  #holding: ScheduledCall | undefined;

  constructor(options: RemoteDirectoryOptions) {
    this.#options = options;
  }

  async opened(connection: RedisConnection): Promise<void> {
    this.#connection = connection;
    const answers = answersChannel(this.#options.prefix, this.#process);
    await connection.subscribe(answers, (text) => {
      const answer = readAnswer(text);
      if (answer !== undefined && this.#connection === connection) {
        receive(this.#questions.get(answer.id), answer);
      }
    });
    this.#hold();
  }

  ended(): void {
    this.#connection = undefined;
    this.#holding?.cancel();
    for (const { reject } of this.#questions.values()) {
      reject(unreachable());
    }
  }

  async lease(channel: Channel): Promise<ChannelLease> {
    if (this.#options.isAlways(channel)) {
      return { channel, release: () => undefined };
    }
    const asked = formatChannel(channel);
    if (this.#held.has(asked)) {
      return this.#take(asked, channel);
    }
    const name = await this.#ask(asked);
    return this.#take(name, parseChannel(name) ?? channel);
  }

  list(): ChannelList {
    return this.#options.list();
  }

  #take(name: string, channel: Channel): ChannelLease {
    this.#held.set(name, (this.#held.get(name) ?? 0) + 1);
    let isHeld = true;
    return {
      channel,
      release: () => {
        const count = this.#held.get(name) ?? 0;
        if (isHeld && count > 1) {
          this.#held.set(name, count - 1);
        } else if (isHeld) {
          this.#held.delete(name);
        }
        isHeld = false;
      },
    };
  }

  /** Resolves with the name of a channel once it is followed. */
  async #ask(channel: string): Promise<string> {
    const { clock } = this.#options;
    const id = (this.#asked += 1);
    let overdue: ScheduledCall | undefined;
    try {
      return await new Promise((resolve, reject) => {
        const question: Question = { reached: Infinity, refusals: [], resolve, reject };
        this.#questions.set(id, question);
        overdue = clock.schedule(ANSWER_WITHIN_MS, () => {
          refuse(question, `Nobody answers for ${channel}`);
        });
        this.#send({ process: this.#process, id, channel }).then(
          (reached) => {
            question.reached = reached;
            refuseAfterAll(question);
          },
          () => {
            reject(unreachable());
          },
        );
      });
    } finally {
      overdue?.cancel();
      this.#questions.delete(id);
    }
  }

  /** How many processes a request has reached. */
  async #send(request: LeaseRequest): Promise<number> {
    const connection = this.#connection;
    if (connection === undefined) {
      throw unreachable();
    }
    const channel = requestsChannel(this.#options.prefix);
    return Number(await connection.command('PUBLISH', channel, JSON.stringify(request)));
  }

  #hold(): void {
    this.#holding = this.#options.clock.schedule(HOLD_EVERY_MS, () => {
      this.#hold();
    });
    // Where it is lost, the next says the same.
    this.#send({ process: this.#process, holds: [...this.#held.keys()] }).catch(() => undefined);
  }
}

/** Of several that follow venues, one that has a channel is enough. */
function receive(question: Question | undefined, answer: LeaseAnswer): void {
  if (question !== undefined && 'code' in answer) {
    question.refusals.push(new ChannelError(answer.code, answer.message));
    refuseAfterAll(question);
  } else if ('channel' in answer) {
    question?.resolve(answer.channel);
  }
}

function refuseAfterAll(question: Question): void {
  if (question.refusals.length >= question.reached) {
    refuse(question, 'No process follows venues now');
  }
}

/** Says why there is none; whoever knows the channel, and cannot have it, knows best. */
function refuse({ refusals, reject }: Question, otherwise: string): void {
  const [first] = refusals;
  const best = refusals.find(({ code }) => code !== 'INVALID_SYMBOL') ?? first;
  reject(best ?? new ChannelError('INTERNAL_ERROR', otherwise));
}
