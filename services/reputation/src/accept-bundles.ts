import type { ReputerStake } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import type { NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import { type DropReason, filterBundles } from '@allora/protocol/loss/bundle-filter';
import type { ReportedLosses } from '@allora/protocol/loss/network-losses';
import { selectActive } from '@allora/protocol/score/sortition';
import { type EpochLosses, onlyWhatWasInferred, stakeInAllo, submittedBundle } from './proto';

export type BundleFilterReason = DropReason | 'NOT_FINITE' | 'NOT_ACTIVE';

export interface AcceptedBundles {
  /** Of the active reputers. */
  readonly reported: ReportedLosses;
  /** Ascending ids of reputers whose bundle was good but whose EMA score was not among the highest. */
  readonly passiveReputers: readonly string[];
  /** One for each bundle that does not count. */
  readonly filtered: readonly BundleFilterReason[];
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
  const bundles = losses.submissions.map(submittedBundle).filter((bundle) => bundle !== null);
  const { dropped, ...valid } = filterBundles({
    inferers: inference.inferers.map(({ inferer }) => inferer),
    forecasters: inference.forecasters.map(({ forecaster }) => forecaster),
    submissions: bundles.map((bundle) => onlyWhatWasInferred(bundle, inference)),
    stakes: bundles.map(({ reputer }) => stakeInAllo(options.stakes.get(reputer)?.stakeUallo ?? '0')),
    minimumStake: stakeInAllo(options.minimumStakeUallo),
  });
  const active = new Set(
    selectActive({
      participants: valid.reputers,
      previousEma: valid.reputers.map((reputer) => reputerEma.get(reputer) ?? null),
      limit: losses.params.maxActiveReputers,
    }),
  );
  const isActive = (_: unknown, m: number): boolean => active.has(valid.reputers[m]!);
  const passiveReputers = valid.reputers.filter((reputer) => !active.has(reputer));
  return {
    reported: {
      inferers: valid.inferers,
      forecasters: valid.forecasters,
      reputers: valid.reputers.filter(isActive),
      stakes: valid.stakes.filter(isActive),
      bundles: valid.bundles.filter(isActive),
    },
    passiveReputers,
    filtered: [
      ...Array.from({ length: losses.submissions.length - bundles.length }, () => 'NOT_FINITE' as const),
      ...dropped.map(({ reason }) => reason),
      ...passiveReputers.map(() => 'NOT_ACTIVE' as const),
    ],
  };
}
