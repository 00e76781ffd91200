import { LossSet } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import { StakeSnapshot } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import { InferenceMode, NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import { TopicParams } from '@allora/contracts/gen/allora/topics/v1/topics';

/** What an epoch of a topic is scored by, each log in its own order. */
export interface EpochLogs {
  readonly loss_set: LossSet[];
  readonly stake_snapshot: StakeSnapshot[];
  readonly network_inference: NetworkInference[];
}

export const EPOCHS = 6;
/** Nobody inferred in the one, nobody reported in the other. */
export const SILENT_EPOCH = 2;
export const UNREPORTED_EPOCH = 3;

export const params = TopicParams.fromPartial({
  epochLengthBlocks: 10,
  workerWindowBlocks: 2,
  groundTruthLagBlocks: 10,
  reputerWindowBlocks: 5,
  pNorm: 3,
  epsilon: 0.01,
  alphaRegret: 0.1,
  meritSortitionAlpha: 0.1,
  activeInfererQuantile: 0.2,
  activeForecasterQuantile: 0.2,
  activeReputerQuantile: 0.2,
  maxActiveReputers: 2,
});
const inferers = ['a', 'b', 'c'];
const forecasters = ['a', 'k'];
const reputers = ['r1', 'r2', 'r3', 'unstaked'];

export function epochLogs(topicId: number, seed = 1): EpochLogs {
  const random = randomNumbers(seed);
  const heads = Array.from({ length: EPOCHS }, (_, i) => ({
    topicId,
    nonce: 10 * (i + 1),
    settledNonce: i === 0 ? undefined : 10 * i,
    params,
  }));
  return {
    loss_set: heads.flatMap((head, i) => lossParts(head, i, random)),
    stake_snapshot: heads.map(({ nonce }) =>
      StakeSnapshot.fromPartial({
        topicId,
        nonce,
        stakes: ['r1', 'r2', 'r3'].map((reputer) => ({
          reputer,
          stakeUallo: `${1 + Math.floor(random() * 9)}000000000000000000`,
          delegatedUallo: '0',
        })),
      }),
    ),
    network_inference: heads.map((head, i) => networkInference(head, i)),
  };
}

type Random = () => number;
interface Head {
  readonly topicId: number;
  readonly nonce: number;
  readonly settledNonce?: number | undefined;
  readonly params: TopicParams;
}

export function networkInference(head: Head, i: number): NetworkInference {
  if (i === SILENT_EPOCH) return NetworkInference.fromPartial({ ...head, mode: InferenceMode.NONE });
  return NetworkInference.fromPartial({
    ...head,
    mode: InferenceMode.WEIGHTED,
    inferers: inferers.map((inferer) => ({ inferer, value: '1' })),
    forecasters: forecasters.map((forecaster) => ({ forecaster, forecastImplied: 1 })),
    oneOutInferer: [1, 1, 1],
    oneOutForecaster: [1, 1],
    oneInForecaster: [1, 1],
    oneOutInfererForecastImplied: inferers.map(() => ({ values: [1, 1] })),
    passiveInferers: [{ worker: 'z', emaScore: 0, rank: 4 }],
  });
}

function lossParts(head: Head, i: number, random: Random): LossSet[] {
  if (i === UNREPORTED_EPOCH) return [LossSet.fromPartial({ ...head, parts: 1 })];
  const losses = reputers.map((reputer) => bundle(head, reputer, random));
  if (i % 2 === 1) return [LossSet.fromPartial({ ...head, parts: 1, losses })];
  return [losses.slice(0, 2), losses.slice(2)].map((some, part) =>
    LossSet.fromPartial({ ...head, part, parts: 2, losses: some }),
  );
}

function bundle({ topicId, nonce }: Head, reputer: string, random: Random) {
  const text = () => (random() * 2 - 1.5).toFixed(12);
  const texts = (workers: readonly string[]) => workers.map((worker) => ({ worker, value: text() }));
  return {
    topicId,
    nonce,
    reputer,
    combined: text(),
    naive: text(),
    inferers: texts([...inferers, 'stranger']),
    forecasters: texts(forecasters),
    oneOutInferers: texts(inferers),
    oneOutForecasters: texts(forecasters),
    oneInForecasters: texts(forecasters),
    oneOutInfererForecasters: forecasters.map((forecaster) => ({
      forecaster,
      oneOutInferers: texts(inferers),
    })),
  };
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
