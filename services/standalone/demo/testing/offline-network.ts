import {
  EpochOutcome,
  EpochScores,
  NetworkLosses,
} from '@allora/contracts/gen/allora/reputation/v1/reputation';
import { EpochRewards, RewardRole } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import { InferenceMode, NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import { filterBundles, type SubmittedBundle } from '@allora/protocol/loss/bundle-filter';
import type { LossBundle } from '@allora/protocol/loss/loss-table';
import { networkLosses } from '@allora/protocol/loss/network-losses';
import { DEFAULT_PARAMS } from '@allora/protocol/params';
import { emptyRegretBook, mergeRegretTable, regretTable } from '@allora/protocol/regret/regret-book';
import { updateRegrets } from '@allora/protocol/regret/regrets';
import { synthesize, type NetworkInference as Synthesis } from '@allora/protocol/synthesis/network-inference';
import type { Epoch, ForecastRequest, LossesRequest, Receipt } from '@allora/sdk/types';
import type { DemoClient } from '../demo-client';
import { topicParams } from '../set-up';

const modes = {
  weighted: InferenceMode.WEIGHTED,
  all_new: InferenceMode.ALL_NEW,
  median: InferenceMode.MEDIAN,
  single: InferenceMode.SINGLE,
};
const ascending = (ids: Iterable<string>): string[] => [...ids].sort((a, b) => (a < b ? -1 : 1));
const numbers = (rows: readonly { readonly worker: string; readonly value: string }[]) =>
  rows.map(({ worker, value }) => ({ worker, loss: Number(value) }));

const TOPIC = 1;
const EXPERIENCED = 10;

interface Round {
  readonly inferences: Map<string, string>;
  readonly forecasts: Map<string, ForecastRequest['elements']>;
  readonly losses: Map<string, LossesRequest>;
  inference: NetworkInference | null;
  published: NetworkLosses | null;
  settled: boolean;
}

function toMessage(
  nonce: number,
  round: Round,
  names: readonly string[],
  ks: readonly string[],
  s: Synthesis,
) {
  const present = ks.flatMap((_, k) => (s.forecastImplied[k] === null ? [] : [k]));
  const over = (row: readonly (number | null)[] | null) => (row ? present.map((k) => row[k]!) : []);
  return NetworkInference.fromPartial({
    topicId: TOPIC,
    nonce,
    mode: modes[s.mode],
    combined: s.combined,
    naive: s.naive,
    inferers: names.map((inferer, j) => ({
      inferer,
      value: round.inferences.get(inferer)!,
      weight: s.infererWeights?.[j],
    })),
    forecasters: present.map((k) => ({
      forecaster: ks[k]!,
      forecastImplied: s.forecastImplied[k]!,
      weight: s.forecasterWeights![k]!,
    })),
    oneOutInferer: [...(s.oneOutInferer ?? [])],
    oneOutForecaster: over(s.oneOutForecaster),
    oneInForecaster: over(s.oneInForecaster),
    oneOutInfererForecastImplied: (s.oneOutInfererForecastImplied ?? []).map((row) => ({
      values: over(row),
    })),
    confidenceValues: [...s.confidenceValues],
  });
}

function toBundle(reputer: string, losses: LossesRequest): SubmittedBundle {
  return {
    reputer,
    combined: Number(losses.combined),
    naive: Number(losses.naive),
    inferer: numbers(losses.inferers),
    forecaster: numbers(losses.forecasters),
    oneOutInferer: numbers(losses.oneOutInferers),
    oneOutForecaster: numbers(losses.oneOutForecasters),
    oneInForecaster: numbers(losses.oneInForecasters),
    oneOutInfererForecaster: losses.oneOutInfererForecasters.map(({ forecaster, oneOutInferers }) => ({
      forecaster,
      losses: numbers(oneOutInferers),
    })),
  };
}

/** What is published of the losses and read by participants: the network's and each inferer's. */
function toPublished({ topicId, nonce, inferers }: NetworkInference, losses: LossBundle): NetworkLosses {
  const told = inferers.flatMap(({ inferer }, j) => {
    const loss = losses.inferer[j] ?? null;
    return loss === null ? [] : [{ worker: inferer, loss }];
  });
  const { combined, naive } = losses;
  return NetworkLosses.fromPartial({
    topicId,
    nonce,
    outcome: EpochOutcome.SCORED,
    losses: { combined, naive, inferers: told },
  });
}

/**
 * The protocol's own functions behind the client's interface, in memory: what the demo's participants meet, less the services.
 * Stakes are equal and every worker is paid in every epoch.
 */
export function offlineNetwork(): DemoClient {
  const rounds = new Map<number, Round>();
  let height = 100;
  let book = emptyRegretBook();
  let initialRegret = 0;
  let networkLoss: number | null = null;
  let settledCount = 0;

  const roundOf = (nonce: number): Round => {
    const round = rounds.get(nonce) ?? {
      inferences: new Map<string, string>(),
      forecasts: new Map<string, ForecastRequest['elements']>(),
      losses: new Map<string, LossesRequest>(),
      inference: null,
      published: null,
      settled: false,
    };
    rounds.set(nonce, round);
    return round;
  };

  const answer = (nonce: number, round: Round): void => {
    const inferers = ascending(round.inferences.keys());
    const forecasters = ascending(round.forecasts.keys());
    if (inferers.length === 0) {
      round.inference = NetworkInference.fromPartial({ topicId: TOPIC, nonce, mode: InferenceMode.NONE });
      return;
    }
    const synthesis = synthesize(
      {
        inferers,
        inferences: inferers.map((id) => Number(round.inferences.get(id))),
        forecasters,
        forecasts: forecasters.map((k) => {
          const given = new Map(
            round.forecasts.get(k)!.map(({ inferer, value }) => [inferer, Number(value)]),
          );
          return inferers.map((j) => given.get(j) ?? null);
        }),
        networkLoss,
        initialRegret,
        regrets: regretTable(book, inferers, forecasters),
      },
      DEFAULT_PARAMS,
    );
    round.inference = toMessage(nonce, round, inferers, forecasters, synthesis);
  };

  const settle = (round: Round): void => {
    round.settled = true;
    if (round.losses.size === 0 || round.inference === null) return;
    const inferers = round.inference.inferers.map(({ inferer }) => inferer);
    const forecasters = round.inference.forecasters.map(({ forecaster }) => forecaster);
    const submissions = ascending(round.losses.keys()).map((id) => toBundle(id, round.losses.get(id)!));
    const stakes = submissions.map(() => 1_000);
    const losses = networkLosses(
      filterBundles({ inferers, forecasters, submissions, stakes, minimumStake: 1 }),
    );
    const inclusions = settledCount >= EXPERIENCED ? settledCount : 0;
    const update = updateRegrets(
      {
        inferers,
        forecasters,
        networkLosses: losses,
        previousRegrets: regretTable(book, inferers, forecasters),
        initialRegret,
        infererInclusions: inferers.map(() => inclusions),
        forecasterInclusions: forecasters.map(() => inclusions),
      },
      DEFAULT_PARAMS,
    );
    book = mergeRegretTable(book, inferers, forecasters, update.regrets);
    initialRegret = update.initialRegret;
    networkLoss = losses.combined;
    round.published = toPublished(round.inference, losses);
    settledCount += 1;
  };

  const receipt = (nonce: number, author: string): Promise<Receipt> =>
    Promise.resolve({
      hash: '',
      topicId: TOPIC,
      nonce,
      author,
      logPartition: 0,
      logOffset: 0,
      logIndex: 0,
      acceptedAtMs: 0,
      proof: undefined,
    });

  return {
    createTopic: (creator, request) =>
      Promise.resolve({
        id: TOPIC,
        creator: creator.address,
        metadata: request.metadata,
        lossMethod: request.lossMethod,
        params: request.params,
        active: true,
        createdHeight: height,
      }),
    register: (account, topicId, role) =>
      Promise.resolve({ topicId, address: account.address, role, height, shadow: false }),
    faucet: () => Promise.resolve({}),
    depositStake: (_account, { amountUallo }) => Promise.resolve(amountUallo),
    advanceClock: (to) => {
      height = to;
      for (const [nonce, round] of [...rounds].sort((a, b) => a[0] - b[0])) {
        const reputersDone = nonce + topicParams.groundTruthLagBlocks + topicParams.reputerWindowBlocks;
        if (!round.settled && height >= reputersDone) settle(round);
        if (round.inference === null && height >= nonce + topicParams.workerWindowBlocks)
          answer(nonce, round);
      }
      return Promise.resolve(height);
    },
    submitInference: ({ address }, { nonce, value }) => {
      roundOf(nonce).inferences.set(address, value);
      return receipt(nonce, address);
    },
    submitForecast: ({ address }, { nonce, elements }) => {
      roundOf(nonce).forecasts.set(address, elements);
      return receipt(nonce, address);
    },
    submitLosses: ({ address }, losses) => {
      roundOf(losses.nonce).losses.set(address, losses);
      return receipt(losses.nonce, address);
    },
    epoch: (topicId, nonce): Promise<Epoch> => {
      const { inference, published, settled } = roundOf(nonce);
      const payments = (inference?.inferers ?? []).map(({ inferer }) => ({
        participant: inferer,
        role: RewardRole.INFERER,
        fraction: 0,
        amountUallo: '1000000000000000',
      }));
      return Promise.resolve({
        topicId,
        nonce,
        inference,
        losses: published,
        scores: settled ? EpochScores.fromPartial({ topicId, nonce, outcome: EpochOutcome.SCORED }) : null,
        rewards: settled ? EpochRewards.fromPartial({ topicId, nonce, payments }) : null,
      });
    },
  };
}
