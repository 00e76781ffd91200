import type { TopicParams } from '@allora/contracts/gen/allora/topics/v1/topics';
import type { Database } from '@allora/store/database';
import { ExpiringMap } from './expiring-map';
import type { ProjectionStore } from './projection.store';
import type { SubmissionKey } from './receipts.store';
import type { TopicOwner } from './topic-owner';
import { type KnownStage, stageNumber, stageOfTold } from './window-stage';

/** The rules of a topic may be changed by its owner. */
const TOPIC_MS = 5_000;
const REGISTRATION_MS = 60_000;
/** How long a replica that did not hear of a stage's end goes on taking what will be late. */
const STAGE_MS = 100;
const FOREVER = Number.POSITIVE_INFINITY;

interface FactSources {
  readonly database: Database;
  readonly projection: ProjectionStore;
  readonly owner: TopicOwner;
  readonly nowMs: () => number;
}

/** What is known about a submission without asking the coordinator; what is absent has to be asked. */
export interface KnownAbout {
  readonly params: TopicParams | undefined;
  readonly registered: true | undefined;
  readonly window: KnownStage | undefined;
}

/**
 * What the coordinator says about topics, registrations and windows, nearest first: memory, own tables, the coordinator
 * itself. A "no" comes from the coordinator only, except for a window that is known to have closed.
 */
export class KnownFacts {
  private readonly topics: ExpiringMap<number, TopicParams>;
  private readonly registrations: ExpiringMap<string, true>;
  private readonly windows: ExpiringMap<string, KnownStage>;
  /** One question at a time for all who wait for its answer. */
  private readonly questions = new Map<string, Promise<boolean | TopicParams | KnownStage>>();

  constructor(private readonly sources: FactSources) {
    this.topics = new ExpiringMap(10_000, sources.nowMs);
    this.registrations = new ExpiringMap(200_000, sources.nowMs);
    this.windows = new ExpiringMap(50_000, sources.nowMs);
  }

  /** From memory. */
  get(key: SubmissionKey): KnownAbout {
    return {
      params: this.topics.get(key.topicId),
      registered: this.registrations.get(registrationName(key)),
      window: this.windows.get(windowName(key)),
    };
  }

  /** From own tables, in the order of the keys; memory has it then. */
  async recall(keys: readonly SubmissionKey[]): Promise<KnownAbout[]> {
    const { database, projection } = this.sources;
    const rows = await projection.lookUp(database.prisma, keys);
    return rows.map(({ params, registered, window }, i) => {
      const key = keys[i]!;
      if (params) this.topics.set(key.topicId, params, TOPIC_MS);
      if (registered) this.registrations.set(registrationName(key), true, REGISTRATION_MS);
      if (window) this.noteWindow(key, window);
      return { params, registered: registered || undefined, window };
    });
  }

  /** The coordinator's word on the topic; undefined when there is none. Unreachable is an error, never "no". */
  async askParams({ topicId }: SubmissionKey): Promise<TopicParams | undefined> {
    const { database, projection, owner } = this.sources;
    const params = await this.once(`topic ${topicId}`, async () => {
      const told = await owner.params(topicId);
      if (told) await projection.addTopic(database.prisma, topicId, told);
      return told ?? false;
    });
    if (typeof params === 'boolean') return undefined;
    this.topics.set(topicId, params, TOPIC_MS);
    return params;
  }

  async askRegistered(key: SubmissionKey): Promise<boolean> {
    const { database, projection, owner } = this.sources;
    const { topicId, author } = key;
    const registered = await this.once(`registration ${registrationName(key)}`, async () => {
      const told = await owner.isRegistered(topicId, author);
      if (told) await projection.addRegistration(database.prisma, topicId, author);
      return told;
    });
    if (registered) this.registrations.set(registrationName(key), true, REGISTRATION_MS);
    return registered === true;
  }

  /** CLOSED also of one that is not open yet, which is not to be remembered. */
  async askWindow(key: SubmissionKey): Promise<KnownStage> {
    const { database, projection, owner } = this.sources;
    const { topicId, nonce } = key;
    const stage = await this.once(`window ${windowName(key)}`, async () => {
      const told = await owner.openWindow(topicId, nonce);
      if (!told) return 'CLOSED';
      const { closesHeight } = told;
      const stage = stageOfTold(told.stage);
      await projection.moveWindow(database.prisma, { topicId, nonce, closesHeight }, stage);
      return stage;
    });
    if (stage !== 'CLOSED') this.noteWindow(key, stage);
    return stage;
  }

  private once<R extends boolean | TopicParams | KnownStage>(
    name: string,
    ask: () => Promise<R>,
  ): Promise<R> {
    const asked = this.questions.get(name);
    if (asked) return asked as Promise<R>;
    const asking = ask().finally(() => this.questions.delete(name));
    this.questions.set(name, asking);
    return asking;
  }

  noteWindow(window: Pick<SubmissionKey, 'topicId' | 'nonce'>, stage: KnownStage): void {
    const name = windowName(window);
    const known = this.windows.get(name);
    if (known && stageNumber(known) > stageNumber(stage)) return;
    this.windows.set(name, stage, stage === 'CLOSED' ? FOREVER : STAGE_MS);
  }
}

const registrationName = ({ topicId, author }: SubmissionKey) => `${topicId}/${author}`;
const windowName = ({ topicId, nonce }: Pick<SubmissionKey, 'topicId' | 'nonce'>) => `${topicId}/${nonce}`;
