import { Spacing } from '../../domain/spacing.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';

/** Why a message of another program was dropped. */
export type RejectReason = 'not_json' | 'too_large' | 'invalid' | 'unknown_instrument';

/** How many were dropped, by kind of channel and reason; what has none is left out. */
export type RejectCounts = ReadonlyMap<string, ReadonlyMap<RejectReason, number>>;

export interface Rejection {
  /** `price_updates`, `candles`: the contract's channels, without what each is about. */
  readonly kind: string;
  readonly reason: RejectReason;
  readonly channel: string;
  /** What was wrong. */
  readonly message: string;
  readonly text: string;
}

const LOG_SPACING_MS = 60_000;
/** How much of a text, or of a channel's name, is shown. */
const SHOWN_LENGTH = 100;

/** Counts what was dropped, and says so once in a while. */
export class RelayRejections {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #logSpacing = new Spacing(LOG_SPACING_MS);
  readonly #counts = new Map<string, Map<RejectReason, number>>();
  #total = 0;

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  get counts(): RejectCounts {
    return this.#counts;
  }

  note({ kind, reason, channel, message, text }: Rejection): void {
    const ofKind = this.#counts.get(kind) ?? new Map<RejectReason, number>();
    this.#counts.set(kind, ofKind.set(reason, (ofKind.get(reason) ?? 0) + 1));
    this.#total += 1;
    if (this.#logSpacing.take(this.#clock.elapsed())) {
      const fields = {
        channel: channel.slice(0, SHOWN_LENGTH),
        reason,
        message,
        text: text.slice(0, SHOWN_LENGTH),
        rejected: this.#total,
      };
      this.#logger.warn(fields, 'Dropped what another program has published');
    }
  }
}
