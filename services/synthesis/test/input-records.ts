import { busTopics } from '@allora/contracts/catalog';
import type { SynthesisInput } from '@allora/protocol/epoch/next-synthesis-step';
import { inputPart } from '../src/epoch-inputs.handler';
import type { InputPart } from '../src/inputs.store';
import type { EpochLogs } from './epoch-logs';

/** Every record of the logs as the handler hands it on. */
export function inputRecords(logs: EpochLogs): Record<SynthesisInput, InputPart[]> {
  return {
    inference_set: logs.inference_set.map((set) => inputPart(busTopics.inferenceSets, set)),
    forecast_set: logs.forecast_set.map((set) => inputPart(busTopics.forecastSets, set)),
    network_losses: logs.network_losses.map((losses) => inputPart(busTopics.networkLosses, losses)),
    epoch_scores: logs.epoch_scores.map((scores) => inputPart(busTopics.epochScores, scores)),
    epoch_rewards: logs.epoch_rewards.map((rewards) => inputPart(busTopics.epochRewards, rewards)),
  };
}
