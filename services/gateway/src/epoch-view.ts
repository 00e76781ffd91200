import {
  epochOutcomeToJSON,
  type EpochScores,
  type NetworkLosses,
} from '@allora/contracts/gen/allora/reputation/v1/reputation';
import { type EpochRewards, rewardRoleToJSON } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import { inferenceTimes, inferenceView } from './inference-view';
import { type EpochFacts, furthestKind, type PhaseKind } from './proto';

const phaseNames: readonly [PhaseKind, string][] = [
  ['worker_window_opened', 'workerWindowOpened'],
  ['reveal_window_opened', 'revealWindowOpened'],
  ['worker_window_closed', 'workerWindowClosed'],
  ['reputer_window_opened', 'reputerWindowOpened'],
  ['reputer_window_closed', 'reputerWindowClosed'],
];

/** The body of GET /v1/topics/:id/epochs/:nonce: everything that is known of the epoch, null for what is not (yet). */
export function epochView(topicId: number, nonce: number, facts: EpochFacts) {
  const { phases, inference, losses, scores, rewards } = facts;
  const [event] = Object.values(phases);
  return {
    topicId,
    nonce,
    status: furthestKind(knownKinds(facts)),
    params: event?.params ?? inference?.params ?? null,
    phases: phasesView(facts),
    ...inferenceTimes(facts),
    inference: inference ? inferenceView(inference) : null,
    losses: losses ? lossesView(losses) : null,
    scores: scores ? scoresView(scores) : null,
    rewards: rewards ? rewardsView(rewards) : null,
  };
}

export const knownKinds = ({ phases, ...results }: EpochFacts): string[] => [
  ...Object.keys(phases),
  ...Object.keys(results),
];

/** Whether nothing of the epoch can change any more: its facts come by several logs, in any order. */
export const isSettled = ({ phases, inference, losses, scores, rewards }: EpochFacts): boolean =>
  [
    inference,
    losses,
    scores,
    rewards,
    phases.worker_window_opened,
    phases.worker_window_closed,
    phases.reputer_window_opened,
    phases.reputer_window_closed,
  ].every((fact) => fact !== undefined);

function phasesView({ phases }: EpochFacts) {
  return Object.fromEntries(
    phaseNames.map(([kind, name]) => {
      const event = phases[kind];
      if (!event) return [name, null];
      const { height, closesHeight, atMs } = event;
      return [name, kind.endsWith('opened') ? { height, closesHeight, atMs } : { height, atMs }];
    }),
  );
}

const lossesView = (losses: NetworkLosses) => ({
  ...losses,
  outcome: epochOutcomeToJSON(losses.outcome),
  losses: losses.losses ?? null,
});

const scoreView = <T extends { readonly score?: number | undefined; readonly emaScore?: number | undefined }>(
  entry: T,
) => ({ ...entry, score: entry.score ?? null, emaScore: entry.emaScore ?? null });

const scoresView = (scores: EpochScores) => ({
  ...scores,
  outcome: epochOutcomeToJSON(scores.outcome),
  inferers: scores.inferers.map(scoreView),
  forecasters: scores.forecasters.map(scoreView),
  reputers: scores.reputers.map(scoreView),
  findings: scores.findings.map((finding) => ({
    ...finding,
    reason: finding.reason || null,
    rank: finding.rank ?? null,
    emaScore: finding.emaScore ?? null,
  })),
});

const rewardsView = (rewards: EpochRewards) => ({
  ...rewards,
  payments: rewards.payments.map((payment) => ({ ...payment, role: rewardRoleToJSON(payment.role) })),
});
