import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import type { ServiceBus } from '@allora/bus/service-bus';
import { busTopics } from '@allora/contracts/catalog';
import { RefusalError } from '@allora/contracts/errors';
import type { InferenceSet, Receipt } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import { CommittedBody, type InferenceSubmission } from '@allora/contracts/gen/allora/signing/v1/signing';
import {
  type EpochEvent,
  EpochPhase,
  Role,
  TopicCoordinatorService,
  TopicParams,
  WindowStage,
} from '@allora/contracts/gen/allora/topics/v1/topics';
import { type Account, createAccount } from '@allora/identity/account';
import { judgeInference } from '@allora/protocol/ingest/submission-values';
import { inferenceBody, inferenceFields } from '@allora/public-api/submission-forms';
import { type RunningApp, startApp } from '@allora/service-kit/app';
import { GrpcHost } from '@allora/service-kit/grpc-host';
import { serviceBusProvider } from '@allora/service-kit/service-bus.provider';
import { createTestDatabase } from '@allora/store/testing';
import type { DynamicModule } from '@nestjs/common';
import { ensureStack } from '../../../deploy/stack/stack';
import { type SubmissionLogConfig, submissionLogConfig } from '../src/config';
import type { SubmissionKind } from '../src/kind';
import { SubmissionIntake } from '../src/submission-intake';
import { submissionLogProvider } from '../src/submission-log.provider';
import { noSalt, signBody } from '../src/testing';

export const chainId = 'allora-test-1';

export const params = TopicParams.fromPartial({
  epochLengthBlocks: 10,
  workerWindowBlocks: 5,
  groundTruthLagBlocks: 10,
  reputerWindowBlocks: 10,
  pNorm: 3,
  epsilon: 0.01,
});

/** Of a topic in which values are committed to first. */
export const revealParams = { ...params, revealWindowBlocks: 3 };

const inferences: SubmissionKind<InferenceSubmission, InferenceSet> = {
  service: 'inference-ingest',
  schema: 'inference_ingest',
  role: Role.WORKER,
  phases: { opened: EpochPhase.WORKER_WINDOW_OPENED, closed: EpochPhase.WORKER_WINDOW_CLOSED },
  log: busTopics.inferenceSubmissions,
  sets: busTopics.inferenceSets,
  form: inferenceFields,
  body: inferenceBody,
  read: ({ body }) => (body?.$case === 'inference' ? body.value : undefined),
  wrap: (value) => ({ $case: 'inference', value }),
  author: ({ inferer }) => inferer,
  judge: judgeInference,
  committedBody: CommittedBody.INFERENCE,
  buildSet: (header, inferences, shadowInferences) => ({ ...header, inferences, shadowInferences }),
};

/** Stands in for the coordinator's gRPC: what it says "yes" to. */
export class KnownToOwner {
  readonly topics = new Set<number>();
  readonly registrations = new Set<string>();
  readonly windows = new Set<string>();
  /** Topics in which values are committed to, and the stages of their windows where these are not SUBMIT. */
  readonly revealing = new Set<number>();
  readonly stages = new Map<string, WindowStage>();
  reachable = true;
  asked = 0;

  paramsOf(topicId: number): TopicParams {
    return this.revealing.has(topicId) ? revealParams : params;
  }

  attach(host: GrpcHost): void {
    const answer = <R>(response: R): Promise<R> => {
      this.asked += 1;
      if (!this.reachable) throw new RefusalError('UNAVAILABLE', 'away');
      return Promise.resolve(response);
    };
    host.add(TopicCoordinatorService, {
      getTopic: async ({ topicId }) =>
        answer({ topic: this.topics.has(topicId) ? topicOf(topicId, this.paramsOf(topicId)) : undefined }),
      getRegistration: async ({ topicId, address, role }) =>
        answer({
          registration: this.registrations.has(`${topicId}/${address}`)
            ? { topicId, address, role, height: 1, shadow: false }
            : undefined,
        }),
      getWindow: async ({ topicId, nonce, role }) =>
        answer({
          window: this.windows.has(`${topicId}/${nonce}`)
            ? {
                ...{ topicId, nonce, role, openedHeight: nonce, closesHeight: nonce + 5 },
                stage: this.stages.get(`${topicId}/${nonce}`) ?? WindowStage.SUBMIT,
              }
            : undefined,
          params: this.paramsOf(topicId),
        }),
      streamWindows: () => {
        throw new RefusalError('UNAVAILABLE', 'windows are not told here');
      },
      advanceClock: async ({ height }) => answer({ height }),
    });
  }
}

export const topicOf = (id: number, rules: TopicParams = params) => ({
  id,
  creator: 'creator',
  metadata: '',
  lossMethod: 'mse',
  params: rules,
  active: true,
  createdHeight: 0,
});

export interface LogHarness {
  readonly app: RunningApp;
  readonly intake: SubmissionIntake;
  readonly owner: KnownToOwner;
  readonly sets: InferenceSet[];
  /** Appends to the log and tells events in the names of their owners. */
  readonly self: ServiceBus;
  readonly coordinator: ServiceBus;
  /** A worker that the owner knows, in a topic and windows that it knows. */
  worker(topicId: number, nonces: readonly number[]): Account;
  submit(author: Account, submission: { topicId: number; nonce: number; value: string }): Promise<Receipt>;
  closeWindow(
    topicId: number,
    nonce: number,
    settledNonce?: number,
    shadows?: readonly string[],
  ): Promise<void>;
  /** The parts of a set, once all of them have come. */
  setOf(topicId: number, nonce: number): Promise<InferenceSet[]>;
  close(): Promise<void>;
}

export async function startLog(
  bus: 'embedded' | 'kafka',
  settings: Partial<SubmissionLogConfig> = {},
): Promise<LogHarness> {
  const database = await createTestDatabase();
  const config = submissionLogConfig.parse({
    ...(bus === 'kafka' ? await kafkaSettings() : {}),
    ...{
      databaseUrl: database.url,
      chainId,
      coordinatorGrpcAddress: 'self',
      logLevel: 'fatal',
      logFormat: 'json',
    },
    ...{ httpPort: 0, grpcPort: 0, httpHost: '127.0.0.1', grpcHost: '127.0.0.1' },
    ...settings,
  });
  const owner = new KnownToOwner();
  const app = await startApp({ name: 'inference-ingest', config, modules: [logModule(config, owner)] });
  const sets: InferenceSet[] = [];
  const synthesis = app.peer('synthesis');
  synthesis.on(busTopics.inferenceSets, async (set) => void sets.push(set));
  await synthesis.start();
  const coordinator = app.peer('topic-coordinator');
  const intake = app.get(SubmissionIntake);
  return {
    ...{ app, intake, owner, sets, coordinator, self: app.peer('inference-ingest') },
    worker: (topicId, nonces) => {
      const account = createAccount();
      owner.topics.add(topicId);
      owner.registrations.add(`${topicId}/${account.address}`);
      for (const nonce of nonces) owner.windows.add(`${topicId}/${nonce}`);
      return account;
    },
    submit: (author, submission) => intake.acceptSigned(signInference(author, submission)),
    closeWindow: async (topicId, nonce, settledNonce, shadows = []) => {
      owner.windows.delete(`${topicId}/${nonce}`);
      const turn = { ...closing(topicId, nonce, settledNonce), shadows: [...shadows] };
      await coordinator.append(busTopics.epochs, [turn]);
    },
    setOf: async (topicId, nonce) => {
      const parts = () => sets.filter((set) => set.topicId === topicId && set.nonce === nonce);
      await until(() => parts().length > 0 && parts().length === parts()[0]?.parts);
      return parts();
    },
    close: async () => {
      await app.close();
      await database.drop();
    },
  };
}

export const signInference = (
  author: Account,
  submission: { topicId: number; nonce: number; value: string },
) =>
  signBody(author, chainId, {
    $case: 'inference',
    value: { ...submission, inferer: author.address, salt: noSalt },
  });

export const closing = (topicId: number, nonce: number, settledNonce?: number): EpochEvent => ({
  ...{ topicId, nonce, settledNonce, params, shadows: [] },
  ...{ phase: EpochPhase.WORKER_WINDOW_CLOSED, height: nonce + 5, closesHeight: nonce + 5, atMs: 0 },
});

export async function until(holds: () => boolean | Promise<boolean>, timeoutMs = 30_000): Promise<void> {
  const endMs = Date.now() + timeoutMs;
  while (!(await holds())) {
    if (Date.now() > endMs) throw new Error(`still not so after ${timeoutMs} ms: ${holds.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const TEST_LOG_CONFIG = Symbol('TEST_LOG_CONFIG');

function logModule(config: SubmissionLogConfig, owner: KnownToOwner): DynamicModule {
  class TestLogModule {}
  return {
    module: TestLogModule,
    providers: [
      { provide: TEST_LOG_CONFIG, useValue: config },
      serviceBusProvider('inference-ingest'),
      submissionLogProvider(inferences, TEST_LOG_CONFIG),
      {
        provide: KnownToOwner,
        inject: [GrpcHost],
        useFactory: (host: GrpcHost) => owner.attach(host) ?? owner,
      },
    ],
  };
}

async function kafkaSettings() {
  const { kafkaBrokers } = await ensureStack({ parts: ['kafka'] });
  const busTopicPrefix = `t${randomBytes(4).toString('hex')}.`;
  return { bus: 'kafka', kafkaBrokers: kafkaBrokers.split(','), kafkaPartitions: 3, busTopicPrefix };
}
