import type { LossOptions } from '@allora/protocol/loss/loss-options';
import type { SynthesisMode } from '@allora/protocol/synthesis/network-inference';
import { weightShares } from '@allora/protocol/synthesis/weight-shares';
import { type EpochScored, HistoryError, type RecordedEpoch, type TopicHistory } from '../history/recorded';
import { lossAgainst } from './bundles';
import { answerEpoch, type EpochAnswer } from './epoch-answer';
import { Learning } from './learning';
import { Paying } from './paying';
import { type Reporter, Scoring } from './scoring';

export interface ReplayOptions {
  /** Address of the candidate: it decides its place among the others, as it does in the network. */
  readonly worker: string;
  /** Decimal text by nonce; an epoch that is not named had no answer. */
  readonly answers: ReadonlyMap<number, string>;
  /** Options of the loss that the topic does not state, such as a standard deviation. */
  readonly lossOptions?: LossOptions | undefined;
}

/** An epoch with the candidate in it. */
export interface ReplayedEpoch {
  readonly nonce: number;
  readonly atMs: number;
  readonly mode: SynthesisMode;
  /** What the candidate said; null where it said nothing. */
  readonly value: string | null;
  /** False where it said nothing, or others had the better scores. */
  readonly active: boolean;
  readonly combined: { readonly without: number | null; readonly with: number };
  readonly naive: number;
  /** Losses of the combined inference: in the record, and with the candidate; null where nobody was scored. */
  readonly loss: { readonly without: number | null; readonly with: number | null };
  /** Loss of the same epoch with the candidate withheld. */
  readonly oneOutLoss: number | null;
  /** oneOutLoss - loss.with: what the network pays for. */
  readonly score: number | null;
  readonly emaScore: number | null;
  /** Of the regret it entered the epoch with; newcomers begin with the topic's initial regret. */
  readonly regret: number | null;
  readonly weight: number | null;
  /** Its part of all weights, those of forecasters among them. */
  readonly share: number | null;
  readonly ownLoss: number | null;
  readonly rewardUallo: bigint;
  readonly others: readonly OtherWorker[];
  /** Whose values were never published, though they would have been active. */
  readonly unknown: readonly string[];
  /** What the reputers took for the truth, in their order. */
  readonly truths: readonly number[];
}

export interface OtherWorker {
  readonly inferer: string;
  readonly loss: number | null;
  readonly weight: number | null;
  readonly share: number | null;
  readonly score: number | null;
}

/** The answers and losses of reputers that have reported once more go on as they were; what was paid moves their stakes. */
interface StakeShift {
  readonly nonce: number;
  readonly byReputer: ReadonlyMap<string, bigint>;
}

/**
 * The record of a topic played once more, with one inferer more from its first answer on: regrets, scores, active sets and rewards
 * evolve by the network's own rules. Reputers read the same truths, the others give the same values, and as much is set aside.
 * @throws HistoryError where the record as it is does not follow from itself.
 */
export function replay(history: TopicHistory, options: ReplayOptions): ReplayedEpoch[] {
  const record = new Learning();
  const network = new ReplayedNetwork(history.lossMethod, options);
  return history.epochs.flatMap((epoch) => {
    const before = answerEpoch(epoch, record, null);
    requireSame(epoch, before, record);
    record.settle(epoch);
    const played = network.play(epoch);
    return played === null ? [] : [played];
  });
}

class ReplayedNetwork {
  private readonly learning = new Learning();
  private readonly scoring = new Scoring();
  private readonly paying = new Paying();
  private readonly shifts: StakeShift[] = [];
  private joined = false;

  constructor(
    private readonly lossMethod: string,
    private readonly options: ReplayOptions,
  ) {}

  /** Null before the candidate has joined. */
  play(epoch: RecordedEpoch): ReplayedEpoch | null {
    const { worker, answers } = this.options;
    const value = answers.get(epoch.nonce) ?? null;
    if (!this.joined && value === null) {
      this.learning.settle(epoch);
      this.scoring.adopt(epoch);
      this.paying.pay(epoch);
      return null;
    }
    this.joined = true;
    const answer = answerEpoch(epoch, this.learning, value === null ? null : { worker, value });
    const regret = answer.input.regrets.inferer[answer.input.inferers.indexOf(worker)] ?? null;
    const regretUsed = regret ?? this.learning.initialRegret;
    const scores = this.scoring.score(epoch, answer, this.reporters(epoch));
    const settled = { ...scores, payments: this.paying.pay(scores) };
    this.learning.settle(settled);
    this.shift(epoch, settled);
    if (answer.inference === null) return null;
    return this.view(epoch, { ...answer, inference: answer.inference }, settled, {
      value,
      regret: regretUsed,
    });
  }

  private reporters({ nonce, reputers, truths, params }: RecordedEpoch): Reporter[] {
    return reputers.map(({ reputer, stakeUallo, delegatedUallo }) => {
      const truth = truths.get(reputer);
      if (!truth) {
        const what = `what ${reputer} took for the truth of epoch ${nonce} is not recorded`;
        throw new HistoryError(what, 'Record the history from the first answer on.');
      }
      // A snapshot holds the payments of the epochs whose reputers were done when this one's began.
      const moved = this.shifts
        .filter((shift) => shift.nonce <= nonce - params.reputerWindowBlocks)
        .reduce((sum, { byReputer }) => sum + (byReputer.get(reputer) ?? 0n), 0n);
      const lossOf = lossAgainst(truth, this.lossMethod, this.options.lossOptions);
      return { reputer, stakeUallo: stakeUallo + moved, delegatedUallo, lossOf };
    });
  }

  /** Reputers' rewards are added to their stakes. */
  private shift(recorded: RecordedEpoch, settled: EpochScored): void {
    const byReputer = new Map<string, bigint>();
    const add = (payments: EpochScored['payments'], sign: bigint): void => {
      for (const { role, participant, amountUallo } of payments)
        if (role === 'reputer')
          byReputer.set(participant, (byReputer.get(participant) ?? 0n) + sign * amountUallo);
    };
    add(recorded.payments, -1n);
    add(settled.payments, 1n);
    this.shifts.push({ nonce: recorded.nonce, byReputer });
  }

  private view(
    epoch: RecordedEpoch,
    answer: EpochAnswer & { readonly inference: NonNullable<EpochAnswer['inference']> },
    settled: EpochScored,
    said: { readonly value: string | null; readonly regret: number },
  ): ReplayedEpoch {
    const { worker } = this.options;
    const { inference, input } = answer;
    const own = input.inferers.indexOf(worker);
    const bundle = settled.losses?.bundle;
    const weights = [...(inference.infererWeights ?? []), ...(inference.forecasterWeights ?? [])];
    const { shares } = weightShares(weights);
    const scoreOf = new Map(settled.infererScores.map((score) => [score.participant, score]));
    const others = input.inferers.flatMap((inferer, j): OtherWorker[] => {
      if (j === own) return [];
      const score = scoreOf.get(inferer)?.score ?? null;
      const weight = inference.infererWeights?.[j] ?? null;
      const share = shares[j] ?? null;
      return [{ inferer, score, weight, share, loss: bundle?.inferer[j] ?? null }];
    });
    const paid = settled.payments.find(
      ({ role, participant }) => role === 'inferer' && participant === worker,
    );
    return {
      ...{ nonce: epoch.nonce, atMs: epoch.atMs, mode: inference.mode, value: said.value },
      active: own >= 0,
      combined: { without: epoch.told?.combined ?? null, with: inference.combined },
      naive: inference.naive,
      loss: { without: epoch.losses?.bundle.combined ?? null, with: bundle?.combined ?? null },
      oneOutLoss: bundle?.oneOutInferer[own] ?? null,
      score: scoreOf.get(worker)?.score ?? null,
      emaScore: scoreOf.get(worker)?.emaScore ?? null,
      regret: own < 0 ? null : said.regret,
      weight: inference.infererWeights?.[own] ?? null,
      share: shares[own] ?? null,
      ownLoss: bundle?.inferer[own] ?? null,
      rewardUallo: paid?.amountUallo ?? 0n,
      others,
      unknown: answer.unknown,
      truths: [...epoch.truths.values()].map(({ truth }) => truth),
    };
  }
}

/** The record must follow from itself to the bit, or nothing that is built on it would be true. */
function requireSame(epoch: RecordedEpoch, { inference }: EpochAnswer, learning: Learning): void {
  const { told, nonce } = epoch;
  const same =
    told === null
      ? inference === null
      : inference !== null &&
        inference.combined === told.combined &&
        inference.naive === told.naive &&
        learning.initialRegret === told.initialRegret;
  if (same) return;
  throw new HistoryError(
    `epoch ${nonce} as the network told it does not follow from the epochs before it`,
    'The record must begin with the first epoch of the topic, under one set of rules.',
  );
}
