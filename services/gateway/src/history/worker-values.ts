import { RewardRole } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import type { NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import type { EpochFacts } from '../proto';
import { weightShares } from '../weight-shares';

interface Standing {
  readonly worker: string;
  readonly role: 'inferer' | 'forecaster';
  readonly active: boolean;
  readonly value: string | null;
  readonly weight: number | null;
  readonly share: number | null;
  readonly regret: number | null;
  readonly rank: number | null;
  readonly emaScore: number | null;
}

/** Every worker of an epoch with all that is known of its part in it, null for what is not (yet). */
export function workerValues(inference: NetworkInference, facts: EpochFacts) {
  const { losses, scores, rewards } = facts;
  return [...standings(inference)].map((standing) => {
    const { worker, role } = standing;
    const lists = role === 'inferer' ? scores?.inferers : scores?.forecasters;
    const told = role === 'inferer' ? losses?.losses?.inferers : losses?.losses?.forecasters;
    const paidAs = role === 'inferer' ? RewardRole.INFERER : RewardRole.FORECASTER;
    const scored = lists?.find(({ participant }) => participant === worker);
    const paid = rewards?.payments.find((p) => p.participant === worker && p.role === paidAs);
    return {
      ...standing,
      loss: told?.find((entry) => entry.worker === worker)?.loss ?? null,
      score: scored?.score ?? null,
      emaScore: scored?.emaScore ?? standing.emaScore,
      paidUallo: rewards ? (paid?.amountUallo ?? '0') : null,
    };
  });
}

function* standings(inference: NetworkInference): Generator<Standing> {
  const shares = weightShares(inference);
  const active = { active: true, rank: null, emaScore: null } as const;
  for (const [j, { inferer, value, weight, regret }] of inference.inferers.entries()) {
    const weights = { weight: weight ?? null, share: shares.inferers[j] ?? null };
    yield { worker: inferer, role: 'inferer', value, ...weights, regret, ...active };
  }
  yield* passive('inferer', inference.passiveInferers);
  for (const [k, { forecaster, forecastImplied, weight, regret }] of inference.forecasters.entries()) {
    const weights = { weight: weight ?? null, share: shares.forecasters[k] ?? null };
    yield {
      worker: forecaster,
      role: 'forecaster',
      value: String(forecastImplied),
      ...weights,
      regret,
      ...active,
    };
  }
  yield* passive('forecaster', inference.passiveForecasters);
}

function* passive(role: Standing['role'], workers: NetworkInference['passiveInferers']): Generator<Standing> {
  const nothing = { value: null, weight: null, share: null, regret: null } as const;
  for (const { worker, emaScore, rank } of workers)
    yield { worker, role, active: false, ...nothing, rank, emaScore };
}
