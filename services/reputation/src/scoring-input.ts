import type { EpochScoringInput } from '@allora/contracts/gen/allora/reputation/v1/reputation';
import { layOutBundle, lossColumns } from '@allora/protocol/loss/loss-table';
import type { EpochToScore, ScoredEpoch, Standing } from './score-epoch';

/** What an epoch was scored from, as it is kept with its scores: losses to the bit, NaN where none counts. */
export function scoringInput(
  { losses, stakes, minimumStakeUallo }: EpochToScore,
  standing: Standing,
  { reported }: Pick<ScoredEpoch, 'reported'>,
): EpochScoringInput {
  const { inferers, forecasters, reputers, bundles } = reported ?? nothing;
  const columns = lossColumns(inferers.length, forecasters.length);
  const stakeOf = new Map(stakes.map(({ reputer, stakeUallo }) => [reputer, stakeUallo]));
  return {
    topicId: losses.topicId,
    nonce: losses.nonce,
    inferers: [...inferers],
    forecasters: [...forecasters],
    reputers: reputers.map((reputer, m) => {
      const row = new Float64Array(columns.count);
      layOutBundle(bundles[m]!, columns, row, 0);
      return {
        reputer,
        stakeUallo: stakeOf.get(reputer) ?? '0',
        listeningCoefficient: standing.listeningCoefficients.get(reputer),
        losses: [...row],
      };
    }),
    minimumStakeUallo,
  };
}

const nothing = { inferers: [], forecasters: [], reputers: [], bundles: [] };
