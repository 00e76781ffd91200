import type { ServiceBus } from '@allora/bus/service-bus';
import type { LogPosition } from '@allora/bus/transport';
import { RefusalError } from '@allora/contracts/errors';
import type { SubmissionRecord } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import { accountKeyOf } from '@allora/identity/account-key';
import type { SignatureClaim } from '@allora/identity/signature-claim';
import type { SignatureChecks } from '@allora/identity/signature-checks';
import { acceptSubmission, type AskableRevealFact } from '@allora/protocol/ingest/accept-submission';
import type { Refused } from '@allora/protocol/ingest/verdict';
import type { Clock } from '@allora/service-kit/clock';
import type { Log } from '@allora/service-kit/log';
import type { NetworkKey } from '@allora/service-kit/network-key';
import type { RateLimits } from '@allora/service-kit/rate-limits';
import { refusalOf } from '@allora/service-kit/refusal';
import type { Tracing } from '@allora/service-kit/tracing/tracing';
import { outsideWork } from '@allora/service-kit/work';
import type { Database } from '@allora/store/database';
import { hexOf } from '@allora/identity/hex';
import { committedHash } from './commitments';
import type { SubmissionLogConfig } from './config';
import type { Inflight } from './inflight';
import type { DoorKind, Submission } from './kind';
import type { KnownFacts } from './known-facts';
import type { SubmissionMetrics } from './metrics';
import { type Entrance, type KnowableFact, nameOf, type Outcome, Pending, type Settle } from './pending';
import type { Candidate } from './reading';
import { signReceipts } from './receipt-signer';
import type { ReceiptFacts, ReceiptsStore } from './receipts.store';
import { recordsOf, toRecord } from './records';
import type { SubmissionsStore } from './submissions.store';
import { tooLong, unavailable } from './unavailable';

export interface DoorParts<P extends Submission> {
  readonly kind: DoorKind<P>;
  readonly body: 'VALUE' | 'COMMITMENT';
  readonly config: SubmissionLogConfig;
  readonly bus: ServiceBus;
  readonly database: Database;
  readonly receipts: ReceiptsStore;
  /** Commitments that stand; asked only where values are revealed. */
  readonly commitments: SubmissionsStore;
  readonly inflight: Inflight;
  readonly known: KnownFacts;
  readonly signatures: SignatureChecks;
  readonly rateLimits: RateLimits;
  readonly networkKey: NetworkKey;
  readonly clock: Clock;
  readonly log: Log;
  readonly tracing: Tracing;
  readonly metrics: SubmissionMetrics;
}

/** One group is judged while another is on its way to the log; more would only make them smaller, and each has its price. */
const GROUPS = 2;
const GROUP_SUBMISSIONS = 1_024;

/**
 * Where submissions become receipts, in groups: facts, signatures, what stands already, the log, the receipts' table, the
 * network's signature. What arrives while groups are under way makes the next one. A receipt means that the submission is on
 * the log for good, and that every replica will answer its bytes with that receipt.
 */
export class Door<P extends Submission> {
  private queue: Pending<P>[] = [];
  /** Who is between the look-up of what stands and its own answer: one for each author and nonce. */
  private readonly claims = new Map<string, Pending<P>>();
  private groups = 0;
  private awake = false;
  private readonly entrance: Entrance<P>;

  constructor(private readonly parts: DoorParts<P>) {
    const { body, kind, config, inflight } = parts;
    this.entrance = {
      body,
      knowsReveals: kind.committedBody !== undefined,
      maxBytes: config.maxPayloadBytes,
      onFinished: (pending) => inflight.delete(pending),
    };
  }

  get kind(): DoorKind<P> {
    return this.parts.kind;
  }

  enter(candidate: Candidate<P>, settle: Settle): void {
    const { kind, config, clock, inflight } = this.parts;
    if (inflight.isFull) return settle(unavailable('too many submissions are in flight'));
    const { topicId, nonce } = candidate.submission;
    const key = { topicId, nonce, author: kind.author(candidate.submission) };
    const expiresMs = clock.nowMs() + config.appendTimeoutMs;
    const pending = new Pending(this.entrance, candidate, key, expiresMs, settle);
    this.follow(pending);
    inflight.add(pending);
    this.enqueue(pending);
  }

  private follow(pending: Pending<P>): void {
    const { tracing, kind } = this.parts;
    if (!tracing.isOn) return;
    const acceptance = tracing.accepting(kind.log.name, pending.key, pending.key.author);
    pending.traceParent = acceptance.traceParent;
    pending.whenAnswered((outcome) =>
      acceptance.end(outcome instanceof Error ? refusalOf(outcome).code : undefined),
    );
  }

  private enqueue(pending: Pending<P>): void {
    pending.isAside = false;
    this.queue.push(pending);
    if (this.awake || this.groups >= GROUPS) return;
    this.awake = true;
    // What this turn of the event loop brings goes into one group.
    outsideWork(() =>
      setImmediate(() => {
        this.awake = false;
        this.startGroups();
      }),
    );
  }

  private startGroups(): void {
    while (this.groups < GROUPS && this.queue.length > 0) {
      const group = this.queue.slice(0, GROUP_SUBMISSIONS);
      this.queue = this.queue.slice(GROUP_SUBMISSIONS);
      this.groups += 1;
      void this.pass(group).finally(() => {
        this.groups -= 1;
        this.startGroups();
      });
    }
  }

  private async pass(group: readonly Pending<P>[]): Promise<void> {
    const accepted: Pending<P>[] = [];
    const repeats: Pending<P>[] = [];
    try {
      await this.decide(group, accepted, repeats);
      this.answer(
        repeats,
        repeats.map(({ standing }) => standing!),
      );
      await this.append(accepted);
    } catch (error) {
      this.fail(group, error);
    }
  }

  /** Leaves out those that were refused, and those that go on by themselves or wait for another. */
  private async decide(group: readonly Pending<P>[], accepted: Pending<P>[], repeats: Pending<P>[]) {
    for (let open = group.filter((pending) => this.isWanted(pending)); open.length > 0;) {
      const asking = new Map<AskableRevealFact, Pending<P>[]>();
      for (const pending of open) {
        const verdict = acceptSubmission(pending.facts);
        if (verdict.verdict === 'undecided') {
          const askers = asking.get(verdict.needs);
          if (askers) askers.push(pending);
          else asking.set(verdict.needs, [pending]);
        } else if (verdict.verdict === 'refused') {
          this.conclude(pending, refusalOfVerdict(verdict, pending));
        } else (verdict.verdict === 'repeat' ? repeats : accepted).push(pending);
      }
      const informed = [...asking].map(([fact, askers]) => this.inform(fact, askers));
      open = (await Promise.all(informed)).flat();
    }
  }

  /** One that was answered while it waited, as too late, is not worth the work. */
  private isWanted(pending: Pending<P>): boolean {
    if (pending.isAnswered) this.conclude(pending, tooLong());
    return !pending.isAnswered;
  }

  /** Fills in the fact; returns those of whom it is known now. */
  private async inform(
    fact: AskableRevealFact,
    askers: readonly Pending<P>[],
  ): Promise<readonly Pending<P>[]> {
    switch (fact) {
      case 'topicKnown':
      case 'registered':
      case 'windowOpen':
      case 'stage':
        return this.informOfTopic(fact, askers);
      case 'signatureProves':
        return this.informOfSignature(askers);
      case 'standing':
        return this.informOfStanding(askers);
      case 'commitment':
        return this.informOfCommitment(askers);
      case 'values':
        for (const { facts, candidate, params } of askers)
          facts.values = this.parts.kind.judge(candidate.submission, params!, this.parts.config);
        return askers;
    }
  }

  private async informOfTopic(fact: KnowableFact, askers: readonly Pending<P>[]) {
    const { known } = this.parts;
    const unknown = askers.filter((pending) => !pending.learn(known.get(pending.key), fact));
    if (unknown.length === 0) return askers;
    const recalled = await known.recall(unknown.map(({ key }) => key));
    const missing = unknown.filter((pending, i) => !pending.learn(recalled[i]!, fact));
    for (const pending of missing) void this.askOwner(fact, pending);
    return missing.length === 0 ? askers : askers.filter(({ isAside }) => !isAside);
  }

  /** By itself: nobody else waits for another service. */
  private async askOwner(fact: KnowableFact, pending: Pending<P>): Promise<void> {
    const { known } = this.parts;
    pending.isAside = true;
    try {
      if (fact === 'topicKnown') pending.learnTopic(await known.askParams(pending.key));
      else if (fact === 'registered') pending.facts.registered = await known.askRegistered(pending.key);
      else pending.learnWindow(await known.askWindow(pending.key), 'OWNER');
      this.enqueue(pending);
    } catch (error) {
      pending.isAside = false;
      this.fail([pending], error);
    }
  }

  private async informOfSignature(askers: readonly Pending<P>[]) {
    const { networkKey, signatures } = this.parts;
    const claims: SignatureClaim[] = [];
    const plausible = askers.filter(({ candidate, key, digest, facts }) => {
      const { chainId, signed } = candidate;
      const signer = accountKeyOf(signed.publicKey);
      const isPlausible = chainId === networkKey.chainId && signer?.address === key.author;
      if (isPlausible) claims.push({ point: signer.point, digest, signature: signed.signature });
      else facts.signatureProves = false;
      return isPlausible;
    });
    const answers = await signatures.verify(claims);
    plausible.forEach(({ facts }, i) => (facts.signatureProves = answers[i]));
    await this.spendPoints(plausible.filter(({ facts }) => facts.signatureProves));
    return askers.filter(({ isConcluded }) => !isConcluded);
  }

  /** Of the author, now that it is known to be the one who asks. */
  private async spendPoints(proven: readonly Pending<P>[]): Promise<void> {
    const { rateLimits } = this.parts;
    const short = proven.filter(({ key }) => !rateLimits.spendForKey(key.author));
    const refill = async (pending: Pending<P>) => {
      try {
        await rateLimits.takeForKey(pending.key.author);
      } catch (error) {
        this.fail([pending], error);
      }
    };
    await Promise.all(short.map(refill));
  }

  private async informOfStanding(askers: readonly Pending<P>[]) {
    const claimed = askers.filter((pending) => this.claim(pending));
    if (claimed.length === 0) return claimed;
    const { database, receipts } = this.parts;
    const found = await receipts.ofKeys(
      database,
      claimed.map(({ key }) => key),
    );
    const byHash = new Map(found.map((receipt) => [receipt.hash, receipt]));
    const names = new Set(found.map(nameOf));
    for (const pending of claimed) {
      pending.standing = byHash.get(pending.hash);
      pending.facts.standing = pending.standing ? 'SAME' : names.has(pending.name) ? 'OTHER' : 'NONE';
    }
    return claimed;
  }

  /** All commitments that count were read back before the first value was asked for one. */
  private async informOfCommitment(askers: readonly Pending<P>[]) {
    const { database, commitments } = this.parts;
    const found = await commitments.payloadsOf(
      database,
      askers.map(({ key }) => key),
    );
    const hashes = new Map(found.map((one) => [nameOf(one), hexOf(committedHash(one.payload))]));
    for (const { facts, name, hash } of askers) {
      const committed = hashes.get(name);
      facts.commitment = committed === undefined ? 'NONE' : committed === hash ? 'SAME' : 'OTHER';
    }
    return askers;
  }

  /** False for one that follows the same bytes, or waits to see what becomes of other ones. */
  private claim(pending: Pending<P>): boolean {
    const holder = this.claims.get(pending.name);
    if (holder === pending) return true;
    if (!holder) {
      this.claims.set(pending.name, pending);
      return true;
    }
    pending.isAside = true;
    if (holder.hash === pending.hash) pending.follow(holder);
    else holder.whenFinished(() => this.enqueue(pending));
    return false;
  }

  private async append(accepted: readonly Pending<P>[]): Promise<void> {
    if (accepted.length === 0) return;
    const { body, clock, database, receipts, metrics } = this.parts;
    const acceptedAtMs = clock.nowMs();
    const records = recordsOf(accepted);
    const ended = metrics.appendSeconds.startTimer();
    const causes = records.map((record) => record.map(({ traceParent }) => traceParent));
    const positions = await this.onLog(
      records.map((record) => toRecord(body, record, acceptedAtMs)),
      causes,
    );
    const facts = records.flatMap((record, i) => receiptsOf(record, positions[i]!, acceptedAtMs));
    const settled = await receipts.settle(database, facts);
    ended();
    metrics.accepted.inc(accepted.length);
    this.answer(records.flat(), settled);
  }

  private async onLog(
    records: readonly SubmissionRecord[],
    causes: readonly (readonly string[])[],
  ): Promise<LogPosition[]> {
    const { bus, kind, log } = this.parts;
    try {
      return await bus.append(kind.log, records, causes);
    } catch (error) {
      log.warn({ error, records: records.length }, 'the log does not take submissions');
      throw unavailable('the log does not take it now');
    }
  }

  private answer(pendings: readonly Pending<P>[], receipts: readonly ReceiptFacts[]): void {
    const { networkKey, metrics } = this.parts;
    const signed = signReceipts(networkKey, receipts);
    let repeated = 0;
    pendings.forEach((pending, i) => {
      repeated += (pending.followers?.length ?? 0) + (pending.standing ? 1 : 0);
      this.conclude(pending, signed[i]!);
    });
    metrics.repeated.inc(repeated);
  }

  /** Whatever failed, those without an answer may have got onto the log: the same bytes again will tell. */
  private fail(pendings: readonly Pending<P>[], error: unknown): void {
    const refusal = refusalOf(error);
    if (refusal !== error && refusal.code === 'INTERNAL')
      this.parts.log.error({ error, submissions: pendings.length }, 'submissions failed at the door');
    for (const pending of pendings) if (!pending.isAside) this.conclude(pending, refusal);
  }

  /** The same bytes get the same answer; whoever waited for this one goes on. */
  private conclude(pending: Pending<P>, outcome: Outcome): void {
    if (this.claims.get(pending.name) === pending) this.claims.delete(pending.name);
    pending.settle(outcome);
    const { followers } = pending;
    pending.followers = undefined;
    for (const follower of followers ?? []) this.conclude(follower, outcome);
    pending.finish();
  }
}

const refusalOfVerdict = (
  { code, detail, facts }: Refused,
  pending: { readonly isTooEarly: boolean },
): RefusalError =>
  code === 'WINDOW_CLOSED' && pending.isTooEarly
    ? unavailable('the commitments of this nonce are still being counted')
    : new RefusalError(code, detail, facts);

function receiptsOf<P extends Submission>(
  record: readonly Pending<P>[],
  { partition, offset }: LogPosition,
  acceptedAtMs: number,
): ReceiptFacts[] {
  return record.map(({ key, hash }, index) => ({
    topicId: key.topicId,
    nonce: key.nonce,
    author: key.author,
    hash,
    acceptedAtMs,
    position: { partition, offset, index },
  }));
}
