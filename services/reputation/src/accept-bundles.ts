import type { ReputerStake } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import type { NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import { stakeInAllo } from '@allora/protocol/epoch/score-reports';
import { type DropReason, type DroppedLoss, filterBundles } from '@allora/protocol/loss/bundle-filter';
import type { ReportedLosses } from '@allora/protocol/loss/network-losses';
import { UNKNOWN_EMA } from '@allora/protocol/reference-profile';
import { meritRanks } from '@allora/protocol/score/sortition';
import { compareIds } from '@allora/protocol/shape';
import { type EpochLosses, epochWorkers, submittedBundle } from './proto';

/** What of a bundle does not count, and why. */
export interface Finding {
  readonly reputer: string;
  /** Null when the rest of the bundle counts. */
  readonly reason: DropReason | 'NOT_ACTIVE' | null;
  /** Of NOT_ACTIVE: what it was left out by. */
  readonly merit?: { readonly rank: number; readonly emaScore: number };
  readonly dropped: readonly DroppedLoss[];
}

export interface AcceptedBundles {
  /** Of the active reputers. */
  readonly reported: ReportedLosses;
  /** Ascending ids of reputers whose bundle was good but whose EMA score was not among the highest. */
  readonly passiveReputers: readonly string[];
  /** One for each bundle that does not count, whole or in part; ascending by reputer. */
  readonly findings: readonly Finding[];
}

/** Which bundles an epoch's losses and scores are made of, aligned with the workers of its network inference. */
export function acceptBundles(options: {
  readonly losses: EpochLosses;
  readonly inference: NetworkInference;
  readonly stakes: ReadonlyMap<string, ReputerStake>;
  readonly minimumStakeUallo: string;
  readonly reputerEma: ReadonlyMap<string, number>;
}): AcceptedBundles {
  const { losses, inference, reputerEma } = options;
  const { submissions } = losses;
  const { findings, ...valid } = filterBundles({
    ...epochWorkers(inference),
    submissions: submissions.map(submittedBundle),
    stakes: submissions.map(({ reputer }) => stakeInAllo(options.stakes.get(reputer)?.stakeUallo ?? '0')),
    minimumStake: stakeInAllo(options.minimumStakeUallo),
  });
  const previousEma = valid.reputers.map((reputer) => reputerEma.get(reputer) ?? null);
  const ranks = meritRanks({ participants: valid.reputers, previousEma });
  const isActive = (_: unknown, m: number): boolean => ranks[m]! <= losses.params.maxActiveReputers;
  const passive = valid.reputers.flatMap((reputer, m) =>
    isActive(reputer, m) ? [] : [{ reputer, rank: ranks[m]!, emaScore: previousEma[m] ?? UNKNOWN_EMA }],
  );
  return {
    reported: {
      inferers: valid.inferers,
      forecasters: valid.forecasters,
      reputers: valid.reputers.filter(isActive),
      stakes: valid.stakes.filter(isActive),
      bundles: valid.bundles.filter(isActive),
    },
    passiveReputers: passive.map(({ reputer }) => reputer),
    findings: withPassive(findings, passive),
  };
}

/** A good bundle of a passive reputer does not count either; what was dropped of it stays told. */
function withPassive(
  findings: readonly Finding[],
  passive: readonly { readonly reputer: string; readonly rank: number; readonly emaScore: number }[],
): Finding[] {
  const inPart = new Map(
    findings.filter(({ reason }) => reason === null).map((finding) => [finding.reputer, finding]),
  );
  const left = passive.map(({ reputer, ...merit }): Finding => ({
    reputer,
    reason: 'NOT_ACTIVE',
    merit,
    dropped: inPart.get(reputer)?.dropped ?? [],
  }));
  const told = new Set(passive.map(({ reputer }) => reputer));
  const others = findings.filter(({ reputer, reason }) => reason !== null || !told.has(reputer));
  return [...others, ...left].sort((a, b) => compareIds(a.reputer, b.reputer));
}
