import { AlloraError, timedOut } from './errors';
import { backoffMs, isRetried } from './retry';
import { sleep } from './sleep';

export interface SubmitterOptions {
  /** Calls under way at once; the others wait in their order. */
  readonly maxConcurrent?: number;
  readonly random?: () => number;
}

/** One thing that may be sent once: a submission of a kind at a nonce of a topic. */
export interface Parcel<T> {
  /** What must not be sent in two versions, such as `inference 3 120`. */
  readonly slot: string;
  /** What is sent, as text that tells versions apart. */
  readonly body: string;
  readonly send: () => Promise<T>;
}

interface Underway {
  readonly body: string;
  readonly answer: Promise<unknown>;
}

const DEFAULT_CONCURRENT = 4;

/**
 * Whether asking again can change the answer. Silence, a service that stops and a proxy in between pass; a refusal of the network
 * does not.
 */
export const isFinalRefusal = (error: AlloraError): boolean =>
  error.status >= 400 && error.status < 500 && !isRetried(error.status) && !error.code.startsWith('HTTP_');

/**
 * The one queue through which a key's submissions go. Each is sent again until there is a receipt or a final refusal; to ask for the
 * same again joins the one under way, and another version of it is refused here.
 */
export class Submitter {
  private readonly underway = new Map<string, Underway>();
  private readonly waiting: (() => void)[] = [];
  private readonly random: () => number;
  private free: number;

  constructor(options: SubmitterOptions = {}) {
    this.free = options.maxConcurrent ?? DEFAULT_CONCURRENT;
    this.random = options.random ?? Math.random;
  }

  /**
   * @param until ends the trying, as when the window closes: then it rejects with the last error, and whether the network has the
   * submission is not known.
   */
  submit<T>(parcel: Parcel<T>, until: AbortSignal): Promise<T> {
    const same = this.underway.get(parcel.slot);
    if (same && same.body !== parcel.body) return Promise.reject(conflict(parcel.slot));
    if (same) return same.answer as Promise<T>;
    const answer = this.inTurn(parcel, until).finally(() => this.underway.delete(parcel.slot));
    this.underway.set(parcel.slot, { body: parcel.body, answer });
    return answer;
  }

  private async inTurn<T>(parcel: Parcel<T>, until: AbortSignal): Promise<T> {
    if (this.free > 0) this.free -= 1;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return await this.untilFinal(parcel, until);
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.free += 1;
    }
  }

  private async untilFinal<T>({ slot, send }: Parcel<T>, until: AbortSignal): Promise<T> {
    let last = timedOut(`submitting ${slot}`, 0);
    for (let attempt = 0; !until.aborted; attempt += 1) {
      try {
        return await orAborted(send(), until, () => last);
      } catch (error) {
        if (!(error instanceof AlloraError) || isFinalRefusal(error)) throw error;
        last = error;
      }
      await sleep(backoffMs(attempt, null, this.random), until);
    }
    throw last;
  }
}

const conflict = (slot: string): AlloraError =>
  new AlloraError({
    code: 'CONFLICTING_REPEAT',
    status: 409,
    detail: `another version of ${slot} is being sent`,
    remedy: 'Nothing to do: the first one counts.',
  });

function orAborted<T>(answer: Promise<T>, until: AbortSignal, why: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(why());
    until.addEventListener('abort', onAbort, { once: true });
    answer.then(resolve, reject).finally(() => until.removeEventListener('abort', onAbort));
  });
}
