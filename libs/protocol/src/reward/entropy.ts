import { ProtocolError } from '../errors';
import { ema, power, saturate, sum, xLogX } from '../numeric';
import type { RewardParams } from '../params';
import { LONE_ENTROPY } from '../reference-profile';
import type { MaybeNumber, Row } from '../regret/regret-table';

export interface RoleEntropy {
  /** Dimensionless, >= 0. */
  readonly entropy: number;
  /** Smoothed fractions, summing to 1: what is stored for the next epoch. Null for non-participants. */
  readonly smoothedFractions: readonly MaybeNumber[];
}

/**
 * Modified entropy of a role's reward fractions (section 9). `fractions` and `previous` are [N] with null for a
 * participant without a score and for one without a stored fraction.
 */
export function roleEntropy(
  role: string,
  fractions: Row,
  previous: Row,
  params: Pick<RewardParams, 'taskRewardAlpha' | 'betaEntropy'>,
): RoleEntropy {
  const smoothed = fractions.map((x, a) =>
    x === null ? null : ema(params.taskRewardAlpha, x, previous[a]!),
  );
  const known = smoothed.filter((y) => y !== null);
  if (known.length === 0) {
    throw new ProtocolError(
      'NO_PARTICIPANTS',
      `no ${role} has a score; pay an epoch only once it was scored`,
    );
  }
  const total = sum(known);
  const squares = sum(known.map((y) => y * y));
  if (squares === 0) {
    throw new ProtocolError(
      'ENTROPY_UNDEFINED',
      `all reward fractions of the ${role}s are 0; check their stakes`,
    );
  }
  const smoothedFractions = smoothed.map((y) => (y === null ? null : y / total));
  if (known.length === 1) return { entropy: LONE_ENTROPY, smoothedFractions };
  const disorder = Math.max(0, -sum(known.map((y) => xLogX(y / total))));
  const numberRatio = power(saturate(1 / squares) / known.length, params.betaEntropy);
  return { entropy: saturate(disorder * numberRatio), smoothedFractions };
}
