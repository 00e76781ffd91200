import type { Topic } from '@allora/contracts/gen/allora/topics/v1/topics';
import { ualloToAllo } from '@allora/protocol/uallo';

export interface TopicTotal {
  readonly workerCount: number;
  readonly reputerCount: number;
  readonly stakedUallo: bigint;
  readonly paidUallo: bigint;
  readonly updatedAtMs: number;
}

export const NO_TOTAL: TopicTotal = {
  workerCount: 0,
  reputerCount: 0,
  stakedUallo: 0n,
  paidUallo: 0n,
  updatedAtMs: 0,
};

/** A topic in the form of the client libraries: lengths in blocks, amounts as doubles of whole ALLO. */
export const topicBody = (topic: Topic, total: TopicTotal) => ({
  topic_id: topic.id,
  topic_name: topic.metadata.trim() || `Topic ${topic.id}`,
  description: null,
  epoch_length: topic.params?.epochLengthBlocks ?? 0,
  ground_truth_lag: topic.params?.groundTruthLagBlocks ?? 0,
  loss_method: topic.lossMethod,
  worker_submission_window: topic.params?.workerWindowBlocks ?? 0,
  worker_count: total.workerCount,
  reputer_count: total.reputerCount,
  total_staked_allo: ualloToAllo(total.stakedUallo),
  total_emissions_allo: ualloToAllo(total.paidUallo),
  is_active: topic.active,
  updated_at: new Date(total.updatedAtMs).toISOString(),
});
