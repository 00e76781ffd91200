import { ForecastSet, InferenceSet } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import {
  EpochOutcome,
  EpochScores,
  NetworkLosses,
} from '@allora/contracts/gen/allora/reputation/v1/reputation';
import { EpochRewards, RewardRole } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import { TopicParams } from '@allora/contracts/gen/allora/topics/v1/topics';

/** What the other services tell of some epochs of a topic, each log in its own order. */
export interface EpochLogs {
  readonly inference_set: InferenceSet[];
  readonly forecast_set: ForecastSet[];
  readonly network_losses: NetworkLosses[];
  readonly epoch_scores: EpochScores[];
  readonly epoch_rewards: EpochRewards[];
}

export const EPOCHS = 8;
/** Nobody answers in this one. */
export const SILENT_EPOCH = 3;
const EPOCH_BLOCKS = 10;
/** An epoch is settled when the second after it is synthesised. */
const SETTLED_LATER = 2;

const params = TopicParams.fromPartial({
  epochLengthBlocks: EPOCH_BLOCKS,
  pNorm: 3,
  epsilon: 0.01,
  alphaRegret: 0.5,
  maxActiveInferers: 4,
  maxActiveForecasters: 2,
});
const inferers = ['a', 'b', 'c', 'd', 'e'];
const forecasters = ['a', 'k', 'l'];

export function epochLogs(topicId: number, seed = 1): EpochLogs {
  const random = randomNumbers(seed);
  const nonces = Array.from({ length: EPOCHS }, (_, i) => EPOCH_BLOCKS * (i + 1));
  const rules = { topicId, params };
  const at = (i: number) => ({ ...rules, nonce: nonces[i]!, settledNonce: nonces[i - SETTLED_LATER] });
  const settling = (i: number) => ({ ...rules, nonce: nonces[i]!, settledNonce: nonces[i - 1] });
  return {
    inference_set: nonces.flatMap((_, i) => inferenceParts(at(i), i, random)),
    forecast_set: nonces.map((_, i) =>
      ForecastSet.fromPartial({ ...at(i), parts: 1, forecasts: forecastsOf(at(i), random) }),
    ),
    network_losses: nonces.map((_, i) => losses(settling(i), i, random)),
    epoch_scores: nonces.map((_, i) => scores(settling(i), i, random)),
    epoch_rewards: nonces.map((_, i) => rewards({ topicId, nonce: nonces[i]! }, i)),
  };
}

/** The same logs with shadows in them: an inferer who also forecasts, in every epoch but one, and losses of theirs. */
export function withShadows(logs: EpochLogs, seed = 2): EpochLogs {
  const random = randomNumbers(seed);
  const shadowLosses = (worker: string) => [
    { worker, loss: random() - 2, combined: random() - 1.5, combinedWith: -1.5, contribution: 0 },
  ];
  return {
    ...logs,
    inference_set: logs.inference_set.map((set) => {
      const { topicId, nonce } = set;
      const shadow = { topicId, nonce, inferer: 'bb', value: (100 + 10 * random()).toFixed(9) };
      return InferenceSet.fromPartial({ ...set, shadowInferences: set.part === 0 ? [shadow] : [] });
    }),
    forecast_set: logs.forecast_set.map((set, i) => {
      const [forecast] = forecastsOf(set, random);
      const shadow = { ...forecast!, forecaster: 'bb' };
      return ForecastSet.fromPartial({ ...set, shadowForecasts: i === SILENT_EPOCH ? [] : [shadow] });
    }),
    network_losses: logs.network_losses.map((losses) =>
      losses.losses
        ? { ...losses, shadowInferers: shadowLosses('bb'), shadowForecasters: shadowLosses('bb') }
        : losses,
    ),
  };
}

type Random = () => number;
interface EpochHead {
  readonly topicId: number;
  readonly nonce: number;
  readonly settledNonce?: number | undefined;
  readonly params?: TopicParams | undefined;
}

function inferenceParts(head: EpochHead, i: number, random: Random): InferenceSet[] {
  if (i === SILENT_EPOCH) return [InferenceSet.fromPartial({ ...head, parts: 1 })];
  const inferences = inferers.map((inferer) => ({
    topicId: head.topicId,
    nonce: head.nonce,
    inferer,
    value: (100 + 10 * random()).toFixed(9),
  }));
  if (i % 2 === 0) return [InferenceSet.fromPartial({ ...head, parts: 1, inferences })];
  return [inferences.slice(0, 3), inferences.slice(3)].map((some, part) =>
    InferenceSet.fromPartial({ ...head, part, parts: 2, inferences: some }),
  );
}

function forecastsOf(head: EpochHead, random: Random) {
  return forecasters.map((forecaster) => ({
    topicId: head.topicId,
    nonce: head.nonce,
    forecaster,
    elements: inferers.map((inferer) => ({ inferer, value: (random() - 1).toFixed(9) })),
  }));
}

function losses(head: EpochHead, i: number, random: Random): NetworkLosses {
  if (i === SILENT_EPOCH) return NetworkLosses.fromPartial({ ...head, outcome: EpochOutcome.NO_INFERENCES });
  const lossesOf = (workers: readonly string[]) => workers.map((worker) => ({ worker, loss: random() - 1 }));
  const weighted = i > 1;
  return NetworkLosses.fromPartial({
    ...head,
    outcome: EpochOutcome.SCORED,
    losses: {
      combined: random() - 1.5,
      naive: random() - 1.2,
      inferers: lossesOf(inferers.slice(0, 4)),
      ...(weighted && {
        forecasters: lossesOf(['a', 'k']),
        oneOutInferers: lossesOf(inferers.slice(0, 4)),
        oneOutForecasters: lossesOf(['a', 'k']),
        oneInForecasters: lossesOf(['a', 'k']),
        oneOutInfererForecasters: ['a', 'k'].map((forecaster) => ({
          forecaster,
          oneOutInferers: lossesOf(inferers.slice(0, 4)),
        })),
      }),
    },
  });
}

function scores(head: EpochHead, i: number, random: Random): EpochScores {
  if (i === SILENT_EPOCH) return EpochScores.fromPartial({ ...head, outcome: EpochOutcome.NO_INFERENCES });
  const scoresOf = (workers: readonly string[]) =>
    workers.map((participant) => ({ participant, score: random(), emaScore: random() - 0.5 }));
  return EpochScores.fromPartial({
    ...head,
    outcome: EpochOutcome.SCORED,
    inferers: scoresOf(inferers),
    forecasters: scoresOf(forecasters),
  });
}

function rewards(head: { topicId: number; nonce: number }, i: number): EpochRewards {
  if (i === SILENT_EPOCH) return EpochRewards.fromPartial(head);
  const paid = (participant: string, role: RewardRole) => ({
    participant,
    role,
    amountUallo: '1000',
    fraction: 0.1,
  });
  return EpochRewards.fromPartial({
    ...head,
    payments: [
      ...inferers.slice(0, 4).map((inferer) => paid(inferer, RewardRole.INFERER)),
      paid('a', RewardRole.FORECASTER),
      paid('r', RewardRole.REPUTER),
    ],
  });
}

/** The same numbers from 0 to 1 for the same seed (mulberry32). */
export function randomNumbers(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
