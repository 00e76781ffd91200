import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { secp256k1 } from './secp256k1';
import { isWhole, packClaims, type SignatureClaim } from './signature-claim';

/** What one thread checks before the event loop, or another caller, gets its turn: about 3 ms. */
const CLAIMS_A_TURN = 64;

/** In the build beside the other programs; from source the thread needs the loader of TypeScript. */
const BUILT = ['../workers', '../../workers'].map(
  (dir) => new URL(`${dir}/verify-worker.js`, import.meta.url),
);
const SOURCE = new URL('./verify-worker.ts', import.meta.url);

/** Checks signatures in groups, on threads of their own or, with none, between the other work of this one. */
export class SignatureChecks {
  private readonly threads: VerifyThread[];
  private next = 0;

  constructor(threads: number) {
    this.threads = Array.from({ length: threads }, () => new VerifyThread());
  }

  /** For each claim whether it holds; a claim of a wrong form does not. */
  async verify(claims: readonly SignatureClaim[]): Promise<boolean[]> {
    const whole = claims.filter(isWhole);
    const answers = (await Promise.all(slices(whole).map((slice) => this.verifySlice(slice)))).flat();
    let next = 0;
    return claims.map((claim) => isWhole(claim) && answers[next++] === true);
  }

  async close(): Promise<void> {
    await Promise.all(this.threads.map((thread) => thread.close()));
  }

  private async verifySlice(slice: readonly SignatureClaim[]): Promise<boolean[]> {
    const thread = this.threads[this.next++ % (this.threads.length || 1)];
    const answers = await thread?.verify(slice);
    // A thread that broke down, or none at all: here, and slice by slice.
    if (answers) return answers;
    return inTurn(() =>
      slice.map(({ point, digest, signature }) => secp256k1.verify(point, digest, signature)),
    );
  }
}

function slices(claims: readonly SignatureClaim[]): SignatureClaim[][] {
  const count = Math.ceil(claims.length / CLAIMS_A_TURN);
  return Array.from({ length: count }, (_, i) => claims.slice(i * CLAIMS_A_TURN, (i + 1) * CLAIMS_A_TURN));
}

let turn: Promise<unknown> = Promise.resolve();

/** One after another, each in a turn of the event loop of its own. */
function inTurn<R>(work: () => R): Promise<R> {
  const done = turn.then(() => new Promise<void>((resolve) => setImmediate(resolve))).then(work);
  turn = done.catch(() => undefined);
  return done;
}

/** One thread; it answers in the order in which it is asked. */
class VerifyThread {
  private waiting: ((answers: boolean[] | undefined) => void)[] = [];
  /** Started at once: the first to ask does not wait for it. */
  private worker: Worker | undefined = this.start();

  verify(claims: readonly SignatureClaim[]): Promise<boolean[] | undefined> {
    const worker = (this.worker ??= this.start());
    const packed = packClaims(claims);
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      worker.postMessage(packed, [packed.buffer]);
    });
  }

  async close(): Promise<void> {
    await this.worker?.terminate();
  }

  private start(): Worker {
    const built = BUILT.find((file) => existsSync(file));
    const worker = built ? new Worker(built) : new Worker(SOURCE, { execArgv: ['--import', 'tsx'] });
    worker.unref();
    worker.on('message', (answers: Uint8Array) =>
      this.waiting.shift()?.([...answers].map((answer) => answer === 1)),
    );
    worker.on('error', () => this.giveUp(worker));
    worker.on('exit', () => this.giveUp(worker));
    return worker;
  }

  private giveUp(worker: Worker): void {
    if (this.worker !== worker) return;
    this.worker = undefined;
    for (const resolve of this.waiting.splice(0)) resolve(undefined);
  }
}
