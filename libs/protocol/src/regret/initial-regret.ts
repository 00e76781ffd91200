import { quantile, saturate, std } from '../numeric';
import type { RegretParams } from '../params';
import type { Row } from './regret-table';

/** One role of a topic: its losses of this epoch, regrets before and after, and how often each worker was paid. */
export interface RoleRegrets {
  /** L_j or L_k; a worker without one has no new regret. */
  readonly losses: Row;
  readonly previous: Row;
  readonly updated: Row;
  readonly inclusions: readonly number[];
}

type InitialRegretParams = Pick<
  RegretParams,
  'alphaRegret' | 'pNorm' | 'cNorm' | 'epsilon' | 'initialRegretQuantile' | 'pNormSafeDiv'
>;

/** The new regrets of experienced workers: with a regret before this update and at least 1/alpha inclusions. */
export function experiencedRegrets(role: RoleRegrets, alphaRegret: number): number[] {
  const enough = 1 / alphaRegret;
  return role.updated.flatMap((regret, a) =>
    regret !== null && role.losses[a] !== null && role.previous[a] !== null && role.inclusions[a]! >= enough
      ? [regret]
      : [],
  );
}

/**
 * Section 6: the log10 regret a newcomer starts with, quantile(X) + (c - p_div/p)(std(X) + eps) over the experienced
 * workers of both roles; null if there are none, which leaves r0 as it is.
 */
export function initialRegret(roles: readonly RoleRegrets[], params: InitialRegretParams): number | null {
  const regrets = roles.flatMap((role) => experiencedRegrets(role, params.alphaRegret));
  if (regrets.length === 0) return null;
  const offset = params.cNorm - params.pNormSafeDiv / params.pNorm;
  const depth = saturate(offset * saturate(std(regrets) + params.epsilon));
  return saturate(quantile(regrets, params.initialRegretQuantile) + depth);
}
