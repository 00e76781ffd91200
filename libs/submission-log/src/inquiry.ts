import type { Receipt } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import type { TopicParams } from '@allora/contracts/gen/allora/topics/v1/topics';
import { provesAuthor } from '@allora/identity/signature';
import type { AskableFact, SubmissionFacts } from '@allora/protocol/ingest/accept-submission';
import type { Verdict } from '@allora/protocol/ingest/verdict';
import type { Database } from '@allora/store/database';
import type { ProjectionStore } from './projection.store';
import type { Candidate } from './reading';
import type { RecentSubmissions } from './recent-submissions';
import type { LocalFacts, SubmissionKey } from './submissions.store';
import type { TopicOwner } from './topic-owner';

export interface InquirySources {
  readonly chainId: string;
  readonly database: Database;
  readonly projection: ProjectionStore;
  readonly owner: TopicOwner;
  readonly recent: RecentSubmissions;
  readonly lookUp: (key: SubmissionKey) => Promise<LocalFacts>;
}

export interface Inquired<P> {
  readonly candidate: Candidate<P>;
  readonly key: SubmissionKey;
  readonly hash: string;
  readonly judge: (params: TopicParams) => Verdict;
}

/** Finds out about one submission what the protocol asks for: own tables first, then the owner, whose answer is kept. */
export class Inquiry<P> {
  private local: Promise<LocalFacts> | undefined;
  private params: TopicParams | undefined;
  private receipt: Receipt | undefined;

  constructor(
    private readonly sources: InquirySources,
    private readonly about: Inquired<P>,
  ) {}

  /** Receipt of the submission that stands; known once `standing` was asked for. */
  get standingReceipt(): Receipt {
    if (!this.receipt) throw new Error('nothing stands for this nonce');
    return this.receipt;
  }

  ask<F extends AskableFact>(fact: F): Promise<SubmissionFacts[F]> {
    return this.questions[fact]();
  }

  private readonly questions: { readonly [F in AskableFact]: () => Promise<SubmissionFacts[F]> } = {
    topicKnown: () => this.topicKnown(),
    registered: () => this.registered(),
    signatureProves: () => Promise.resolve(this.signatureProves()),
    standing: () => this.standing(),
    windowOpen: () => this.windowOpen(),
    values: () => Promise.resolve(this.values()),
  };

  private get own(): Promise<LocalFacts> {
    this.local ??= this.sources.lookUp(this.about.key);
    return this.local;
  }

  private async topicKnown(): Promise<boolean> {
    const { database, owner, projection } = this.sources;
    const { topicId } = this.about.key;
    this.params = (await this.own).params;
    if (this.params) return true;
    this.params = await owner.params(topicId);
    if (this.params) await projection.addTopic(database.prisma, topicId, this.params);
    return this.params !== undefined;
  }

  private async registered(): Promise<boolean> {
    if ((await this.own).registered) return true;
    const { database, owner, projection } = this.sources;
    const { topicId, author } = this.about.key;
    if (!(await owner.isRegistered(topicId, author))) return false;
    await projection.addRegistration(database.prisma, topicId, author);
    return true;
  }

  private signatureProves(): boolean {
    const { chainId, signed } = this.about.candidate;
    if (chainId !== this.sources.chainId) return false;
    const { payload: bytes, publicKey, signature } = signed;
    return provesAuthor({ address: this.about.key.author, bytes, publicKey, signature });
  }

  private async standing(): Promise<'NONE' | 'SAME' | 'OTHER'> {
    this.receipt = (await this.own).standing ?? (await this.recentReceipt());
    if (!this.receipt) return 'NONE';
    return this.receipt.hash === this.about.hash ? 'SAME' : 'OTHER';
  }

  /** Of a submission that is not in the table yet; one whose append fails never stood. */
  private async recentReceipt(): Promise<Receipt | undefined> {
    try {
      return await this.sources.recent.get(this.about.key)?.receipt;
    } catch {
      return undefined;
    }
  }

  private async windowOpen(): Promise<boolean> {
    const { window } = await this.own;
    if (window !== 'UNKNOWN') return window === 'OPEN';
    const { database, owner, projection } = this.sources;
    const { topicId, nonce } = this.about.key;
    const open = await owner.openWindow(topicId, nonce);
    if (!open) return false;
    await projection.openWindow(database.prisma, { topicId, nonce, closesHeight: open.closesHeight });
    return true;
  }

  private values(): Verdict {
    if (!this.params) throw new Error('values are judged by the rules of a known topic');
    return this.about.judge(this.params);
  }
}
