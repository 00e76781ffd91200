import { setTimeout as sleep } from 'node:timers/promises';
import { createAccount, type Account } from '@allora/identity/account';
import { createClient, type AlloraClient } from '@allora/sdk/client';
import { AlloraError } from '@allora/sdk/errors';
import type { StreamOptions } from '@allora/sdk/streams/stream-types';
import { openSubmissionStream, type SubmissionStream } from '@allora/sdk/submission-stream';
import { fund } from '../../demo/set-up';
import { runDemo } from '../../demo/run-demo';
import type { EpochReport } from '../../demo/report';
import type { Fleet } from './fleet';

const CHAIN_ID = 'allora-local-1';
const EPOCH_MS = 2_500;
const PAYMENT_UALLO = 7n;
const PAUSE_MS = { payment: 200, registration: 1_500, read: 150 } as const;

/** A call of a client that failed for good, with all its repeats. */
export interface Failure {
  readonly call: string;
  readonly error: unknown;
}

/** What clients of the network do all the time, each of them through the SDK as any other program would. */
export class Traffic {
  readonly failures: Failure[] = [];
  /** Settled epochs, in order. */
  readonly epochs: EpochReport[] = [];
  /** Nonces of the network inferences that the event stream told, in the order in which it did. */
  readonly told: number[] = [];
  readonly calls = { payments: 0, registrations: 0, reads: 0, attempts: 0, attemptsThatFailed: 0 };
  readonly payee = createAccount();
  readonly registered: Account[] = [];
  readonly client: AlloraClient;
  topicId = 0;
  private readonly over = new AbortController();
  private readonly watching = new AbortController();
  private readonly stream: SubmissionStream<'inference'>;
  private readonly running: Promise<unknown>[] = [];

  private constructor(fleet: Fleet) {
    this.client = createClient({ urls: fleet.urls, chainId: CHAIN_ID, fetch: this.countingFetch });
    const address = fleet.grpcAddress('inference-ingest');
    this.stream = openSubmissionStream({ address, kind: 'inference', chainId: CHAIN_ID });
  }

  /** Resolves when the first epoch is settled; everything goes on until `stop`. */
  static async start(fleet: Fleet): Promise<Traffic> {
    const traffic = new Traffic(fleet);
    const payer = createAccount();
    await fund(traffic.client, [payer], { requestId: 'traffic', besidesUallo: 10n ** 18n });
    await traffic.startMarket();
    traffic.keep('payment', () => traffic.pay(payer));
    traffic.keep('registration', () => traffic.register());
    traffic.keep('read', () => traffic.read());
    traffic.running.push(traffic.watch());
    return traffic;
  }

  get paidUallo(): bigint {
    return BigInt(this.calls.payments) * PAYMENT_UALLO;
  }

  /** Until so many epochs more are settled, or one failed. */
  async settle(epochs: number): Promise<void> {
    const enough = this.epochs.length + epochs;
    while (this.epochs.length < enough && this.failures.length === 0) await sleep(100);
  }

  /** Ends what goes on by itself, and waits until it has ended; the epoch under way is played to its end. */
  async stop(): Promise<void> {
    this.over.abort();
    await Promise.all(this.running.slice(0, -1));
    await this.untilTold();
    this.watching.abort();
    await this.running.at(-1);
    await this.stream.close();
  }

  /** A market of eleven inferers, of whom half go through the gRPC stream, three forecasters and four reputers. */
  private async startMarket(): Promise<void> {
    let streamed = 0;
    const client = {
      ...this.client,
      submitInference: ((account, request) =>
        streamed++ % 2 === 0
          ? this.stream.submit(account, request)
          : this.client.submitInference(account, request)) as AlloraClient['submitInference'],
    };
    let first: () => void;
    const firstSettled = new Promise<void>((resolve) => (first = resolve));
    const market = runDemo({
      client,
      epochs: 1,
      seed: 'operations',
      onTopic: (topicId) => (this.topicId = topicId),
      onEpoch: (report) => {
        this.epochs.push(report);
        first();
      },
      live: {
        epochMs: EPOCH_MS,
        signal: this.over.signal,
        onTrouble: (error) => this.failures.push({ call: 'epoch', error }),
      },
    });
    this.running.push(market);
    await Promise.race([
      firstSettled,
      market.then(() => Promise.reject(new Error('the market ended early'))),
    ]);
  }

  private keep(call: keyof typeof PAUSE_MS, work: () => Promise<unknown>): void {
    const loop = async (): Promise<void> => {
      while (!this.over.signal.aborted) {
        await work().catch((error: unknown) => this.failures.push({ call, error }));
        await sleep(PAUSE_MS[call]);
      }
    };
    this.running.push(loop());
  }

  private async pay(payer: Account): Promise<void> {
    await this.client.transfer(payer, { to: this.payee.address, amountUallo: PAYMENT_UALLO });
    this.calls.payments += 1;
  }

  private async register(): Promise<void> {
    const account = createAccount();
    await fund(this.client, [account], { requestId: 'traffic' });
    await this.client.register(account, this.topicId, 'worker');
    this.registered.push(account);
    this.calls.registrations += 1;
  }

  private async read(): Promise<void> {
    await this.client.inference(this.topicId);
    await this.client.topic(this.topicId);
    this.calls.reads += 2;
  }

  /** A replica of a release that has no stream yet says NOT_FOUND: the next connection finds another one. */
  private async watch(): Promise<void> {
    const { signal } = this.watching;
    let place: StreamOptions = { from: 'start' };
    while (!signal.aborted) {
      try {
        const options: StreamOptions = { topics: [this.topicId], kinds: ['inference'], signal, ...place };
        for await (const event of this.client.watch(options)) {
          this.told.push(event.told.nonce);
          place = { cursor: event.cursor };
        }
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof AlloraError) || error.code !== 'NOT_FOUND') {
          this.failures.push({ call: 'watch', error });
          return;
        }
        await sleep(PAUSE_MS.registration);
      }
    }
  }

  private async untilTold(): Promise<void> {
    const last = this.epochs.at(-1)!.nonce;
    for (let left = 300; left > 0 && !this.told.includes(last); left -= 1) await sleep(100);
  }

  private readonly countingFetch: typeof fetch = async (input, init) => {
    this.calls.attempts += 1;
    try {
      const response = await fetch(input, init);
      if (response.status >= 500) this.calls.attemptsThatFailed += 1;
      return response;
    } catch (error) {
      if (!(init?.signal?.aborted ?? false)) this.calls.attemptsThatFailed += 1;
      throw error;
    }
  };
}
