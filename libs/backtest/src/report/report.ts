import type { CandidateAnswers } from '../answers/candidate-answers';
import { type LookAhead, lookAhead } from '../answers/look-ahead';
import type { TopicHistory } from '../history/recorded';
import type { ReplayedEpoch } from '../replay/replay';
import { blockBootstrap, type Estimate, known, meanOf, meanOfKnown } from './statistics';

/** Whether the network is better off with the candidate, as far as its interval tells. */
export type Verdict = 'adds' | 'adds_nothing' | 'undecided';

export interface BacktestReport {
  readonly topicId: number;
  readonly lossMethod: string;
  readonly worker: string;
  readonly verdict: Verdict;
  /** Loss of the network without the candidate minus with it, within each epoch; on the topic's scale, above zero is good. */
  readonly contribution: Estimate | null;
  /** Loss of the network in the record minus with the candidate: what its being there for all this time changed. */
  readonly gain: Estimate | null;
  readonly asked: number;
  readonly answered: number;
  /** Of the epochs that were asked for; null when none was. */
  readonly answeredPart: number | null;
  readonly failures: CandidateAnswers['failures'];
  readonly ownLoss: number | null;
  readonly networkLoss: { readonly without: number | null; readonly with: number | null };
  /** Place by mean loss over the epochs of both, from 1, among `rivals` + 1. */
  readonly rank: number | null;
  readonly rivals: readonly Rival[];
  /** Of all weights. */
  readonly meanShare: number | null;
  readonly rewardUallo: bigint;
  readonly lookAhead: LookAhead;
  readonly warnings: readonly string[];
  readonly epochs: readonly ReplayedEpoch[];
}

export interface Rival {
  readonly inferer: string;
  readonly meanLoss: number;
  /** Of the candidate in the same epochs. */
  readonly candidateMeanLoss: number;
  readonly epochs: number;
}

export const DEFAULT_SEED = 1;

export interface ReportOptions {
  readonly history: Pick<TopicHistory, 'topicId' | 'lossMethod'>;
  readonly answers: CandidateAnswers;
  readonly epochs: readonly ReplayedEpoch[];
  /** Of the bootstrap. */
  readonly seed?: number | undefined;
}

/** What a backtest has shown. */
export function report({ history, answers, epochs, seed = DEFAULT_SEED }: ReportOptions): BacktestReport {
  const contribution = blockBootstrap(known(epochs.map(({ score }) => score)), seed);
  const both = epochs.filter(({ loss }) => loss.without !== null && loss.with !== null);
  const gains = both.map(({ loss }) => loss.without! - loss.with!);
  const rivals = rivalsOf(epochs);
  const own = known(epochs.map(({ ownLoss }) => ownLoss));
  const suspicion = lookAhead(epochs);
  const [asked, answered] = [answers.asked.length, answers.answers.size];
  return {
    topicId: history.topicId,
    lossMethod: history.lossMethod,
    worker: answers.worker,
    verdict: verdictOf(contribution),
    contribution,
    gain: blockBootstrap(gains, seed),
    ...{ asked, answered },
    answeredPart: asked === 0 ? null : answered / asked,
    failures: answers.failures,
    ownLoss: meanOfKnown(own),
    networkLoss: {
      without: meanOfKnown(both.map(({ loss }) => loss.without!)),
      with: meanOfKnown(both.map(({ loss }) => loss.with!)),
    },
    rank: own.length === 0 ? null : 1 + rivals.filter((one) => one.meanLoss < one.candidateMeanLoss).length,
    rivals,
    meanShare: meanOfKnown(epochs.map(({ share }) => share)),
    rewardUallo: epochs.reduce((sum, { rewardUallo }) => sum + rewardUallo, 0n),
    lookAhead: suspicion,
    warnings: warningsOf(epochs, suspicion),
    epochs,
  };
}

function verdictOf(contribution: Estimate | null): Verdict {
  if (contribution === null) return 'undecided';
  if (contribution.low > 0) return 'adds';
  return contribution.high <= 0 || contribution.mean <= 0 ? 'adds_nothing' : 'undecided';
}

/** Only epochs that both were scored in are compared: an epoch can be hard for everybody. */
function rivalsOf(epochs: readonly ReplayedEpoch[]): Rival[] {
  const pairs = new Map<string, { theirs: number[]; own: number[] }>();
  for (const { ownLoss, others } of epochs) {
    if (ownLoss === null) continue;
    for (const { inferer, loss } of others) {
      if (loss === null) continue;
      const pair = pairs.get(inferer) ?? { theirs: [], own: [] };
      pair.theirs.push(loss);
      pair.own.push(ownLoss);
      pairs.set(inferer, pair);
    }
  }
  return [...pairs]
    .map(([inferer, { theirs, own }]) => ({
      inferer,
      meanLoss: meanOf(theirs),
      candidateMeanLoss: meanOf(own),
      epochs: theirs.length,
    }))
    .sort((a, b) => a.meanLoss - b.meanLoss);
}

function warningsOf(epochs: readonly ReplayedEpoch[], { hits, scored, suspected }: LookAhead): string[] {
  const unknown = new Set(epochs.flatMap((epoch) => epoch.unknown));
  return [
    ...(suspected
      ? [`${hits} of ${scored} answers are the truth itself: the model seems to see what was to come`]
      : []),
    ...(unknown.size > 0
      ? [
          `${unknown.size} workers would have been active at times, but values of passive ones are not published`,
        ]
      : []),
  ];
}
