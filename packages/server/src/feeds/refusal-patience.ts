import type { FeedError } from '../domain/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { ReconnectPolicy } from '../ports/feed.ts';

const PATIENT_ATTEMPTS = 5;
const PATIENT_MS = 30_000;

/**
 * Tells a passing refusal from a lasting one. OANDA has answered 401 to a good key for some
 * seconds, so a refusal is first tried again like any failure; once it has lasted, only rarely,
 * because a venue locks out those who hammer it with a bad key.
 */
export class RefusalPatience {
  readonly #policy: ReconnectPolicy;
  readonly #clock: Clock;
  #refusals = 0;
  #firstRefusalAt = 0;

  constructor(policy: ReconnectPolicy, clock: Clock) {
    this.#policy = policy;
    this.#clock = clock;
  }

  /** The wait after an error, or undefined where the usual backoff decides. */
  delayMs({ code }: FeedError): number | undefined {
    if (code !== 'FEED_UNAUTHORIZED' && code !== 'FEED_REFUSED') {
      this.#refusals = 0;
      return undefined;
    }
    if (this.#refusals === 0) {
      this.#firstRefusalAt = this.#clock.elapsed();
    }
    this.#refusals += 1;
    const hasLasted = this.#clock.elapsed() - this.#firstRefusalAt >= PATIENT_MS;
    const isPatient = this.#refusals < PATIENT_ATTEMPTS || !hasLasted;
    // Half the wait is jitter: many servers may share one bad key.
    return isPatient ? undefined : this.#policy.refusedMs * (0.5 + Math.random() / 2);
  }
}
