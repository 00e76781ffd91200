import type { MessageFns } from './gen/allora/bus/v1/envelope';
import { ForecastSet, InferenceSet, LossSet, SubmissionRecord } from './gen/allora/ingest/v1/ingest';
import { EpochScores, NetworkLosses } from './gen/allora/reputation/v1/reputation';
import { EpochRewards, StakeSnapshot, TopicWeight } from './gen/allora/rewards/v1/rewards';
import { NetworkInference } from './gen/allora/synthesis/v1/synthesis';
import { BlocksTold, EpochEvent, Registration, Topic } from './gen/allora/topics/v1/topics';

export type { MessageFns };

export const serviceNames = [
  'gateway',
  'topic-coordinator',
  'inference-ingest',
  'forecast-ingest',
  'synthesis',
  'reputation',
  'rewards',
] as const;

export type ServiceName = (typeof serviceNames)[number];

export interface BusTopic<T> {
  readonly name: string;
  /** Full protobuf name, carried by every envelope. */
  readonly schema: string;
  readonly message: MessageFns<T>;
  /** Records of one key keep their order; the key is the topic id, but for what concerns the whole network. */
  readonly key: (message: T) => string;
  readonly producer: ServiceName;
  readonly consumers: readonly ServiceName[];
  /** How long records are kept on Kafka; null for ever. */
  readonly retentionDays: number | null;
}

interface Declaration<T> extends Omit<BusTopic<T>, 'key'> {
  readonly key?: (message: T) => string;
}

const topic = <T>(declared: Declaration<T & { topicId: number }>): BusTopic<T & { topicId: number }> => ({
  key: (message) => String(message.topicId),
  ...declared,
});

const submissionsLog = (name: string, producer: ServiceName): BusTopic<SubmissionRecord> => ({
  name,
  schema: 'allora.ingest.v1.SubmissionRecord',
  message: SubmissionRecord,
  key: ({ record }) => {
    if (!record) throw new Error('a submission record holds a submission or a seal');
    return String(record.value.topicId);
  },
  producer,
  consumers: [producer],
  retentionDays: null,
});

/** Every Kafka topic, named once. Logs and facts are kept for ever: a replay of them gives the same network. */
export const busTopics = {
  topics: {
    name: 'allora.topics.v1',
    schema: 'allora.topics.v1.Topic',
    message: Topic,
    key: (topic) => String(topic.id),
    producer: 'topic-coordinator',
    consumers: ['inference-ingest', 'forecast-ingest', 'reputation', 'rewards', 'gateway'],
    retentionDays: null,
  } satisfies BusTopic<Topic> as BusTopic<Topic>,
  registrations: topic({
    name: 'allora.registrations.v1',
    schema: 'allora.topics.v1.Registration',
    message: Registration,
    producer: 'topic-coordinator',
    consumers: ['inference-ingest', 'forecast-ingest', 'reputation', 'gateway'],
    retentionDays: null,
  }),
  epochs: topic({
    name: 'allora.epochs.v1',
    schema: 'allora.topics.v1.EpochEvent',
    message: EpochEvent,
    producer: 'topic-coordinator',
    consumers: ['inference-ingest', 'forecast-ingest', 'reputation', 'rewards', 'gateway'],
    retentionDays: null,
  }),
  blocks: {
    name: 'allora.blocks.v1',
    schema: 'allora.topics.v1.BlocksTold',
    message: BlocksTold,
    key: () => 'network',
    producer: 'topic-coordinator',
    consumers: ['rewards'],
    retentionDays: null,
  } satisfies BusTopic<BlocksTold> as BusTopic<BlocksTold>,
  inferenceSubmissions: submissionsLog('allora.inference-submissions.v1', 'inference-ingest'),
  forecastSubmissions: submissionsLog('allora.forecast-submissions.v1', 'forecast-ingest'),
  lossSubmissions: submissionsLog('allora.loss-submissions.v1', 'reputation'),
  inferenceSets: topic({
    name: 'allora.inference-sets.v1',
    schema: 'allora.ingest.v1.InferenceSet',
    message: InferenceSet,
    producer: 'inference-ingest',
    consumers: ['synthesis', 'rewards'],
    retentionDays: null,
  }),
  forecastSets: topic({
    name: 'allora.forecast-sets.v1',
    schema: 'allora.ingest.v1.ForecastSet',
    message: ForecastSet,
    producer: 'forecast-ingest',
    consumers: ['synthesis', 'rewards'],
    retentionDays: null,
  }),
  lossSets: topic({
    name: 'allora.loss-sets.v1',
    schema: 'allora.ingest.v1.LossSet',
    message: LossSet,
    producer: 'reputation',
    consumers: ['reputation'],
    retentionDays: null,
  }),
  stakeSnapshots: topic({
    name: 'allora.stake-snapshots.v1',
    schema: 'allora.rewards.v1.StakeSnapshot',
    message: StakeSnapshot,
    producer: 'rewards',
    consumers: ['reputation'],
    retentionDays: null,
  }),
  networkInferences: topic({
    name: 'allora.network-inferences.v1',
    schema: 'allora.synthesis.v1.NetworkInference',
    message: NetworkInference,
    producer: 'synthesis',
    consumers: ['reputation', 'gateway'],
    retentionDays: null,
  }),
  networkLosses: topic({
    name: 'allora.network-losses.v1',
    schema: 'allora.reputation.v1.NetworkLosses',
    message: NetworkLosses,
    producer: 'reputation',
    consumers: ['synthesis', 'gateway'],
    retentionDays: null,
  }),
  epochScores: topic({
    name: 'allora.epoch-scores.v1',
    schema: 'allora.reputation.v1.EpochScores',
    message: EpochScores,
    producer: 'reputation',
    consumers: ['synthesis', 'rewards', 'gateway'],
    retentionDays: null,
  }),
  epochRewards: topic({
    name: 'allora.epoch-rewards.v1',
    schema: 'allora.rewards.v1.EpochRewards',
    message: EpochRewards,
    producer: 'rewards',
    consumers: ['synthesis', 'gateway'],
    retentionDays: null,
  }),
  topicWeights: topic({
    name: 'allora.topic-weights.v1',
    schema: 'allora.rewards.v1.TopicWeight',
    message: TopicWeight,
    producer: 'rewards',
    consumers: ['topic-coordinator', 'gateway'],
    retentionDays: null,
  }),
} as const;

export const allBusTopics: readonly BusTopic<never>[] = Object.values(
  busTopics,
) as unknown as BusTopic<never>[];
