import { busTopics, type BusTopic } from '@allora/contracts/catalog';
import { SYNTHESIS_INPUTS, type SynthesisInput } from '@allora/protocol/epoch/next-synthesis-step';
import { inputPart } from '../src/epoch-inputs.handler';
import type { InputPart } from '../src/inputs.store';
import type { EpochLogs } from './epoch-logs';

const topics = {
  inference_set: busTopics.inferenceSets,
  forecast_set: busTopics.forecastSets,
  network_losses: busTopics.networkLosses,
  epoch_scores: busTopics.epochScores,
  epoch_rewards: busTopics.epochRewards,
} as const;

/** Every record of the logs as the handler hands it on. */
export function inputMessages(logs: EpochLogs): Record<SynthesisInput, InputPart[]> {
  const partsOf = (input: SynthesisInput): InputPart[] => {
    const topic = topics[input] as BusTopic<{ topicId: number; nonce: number }>;
    return logs[input].map((message) => inputPart(topic, message));
  };
  return Object.fromEntries(SYNTHESIS_INPUTS.map((input) => [input, partsOf(input)])) as Record<
    SynthesisInput,
    InputPart[]
  >;
}
