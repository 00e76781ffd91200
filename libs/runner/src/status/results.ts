import type { Epoch, RoleName } from '@allora/sdk/types';
import type { WindowResult } from './status-book';

const sum = (amounts: readonly string[]): string =>
  String(amounts.reduce((total, amount) => total + BigInt(amount), 0n));

function shadowOf({ inference, losses }: Epoch, address: string): WindowResult['shadow'] {
  const inferer = inference?.shadowInferers.find((one) => one.inferer === address);
  const forecaster = inference?.shadowForecasters.find((one) => one.forecaster === address);
  const answer = inferer ?? forecaster;
  if (!answer) return undefined;
  const told = inferer ? losses?.shadowInferers : losses?.shadowForecasters;
  const contribution = told?.find(({ worker }) => worker === address)?.contribution ?? null;
  return { weight: answer.weight ?? null, contribution };
}

/** What an epoch says of one participant. */
export function resultOf(epoch: Epoch, address: string, role: RoleName): WindowResult {
  const { inference, scores, rewards } = epoch;
  const inferer = inference?.inferers.find((one) => one.inferer === address);
  const forecaster = inference?.forecasters.find((one) => one.forecaster === address);
  const reputer = scores?.reputers.find((one) => one.reputer === address);
  const scored =
    role === 'reputer'
      ? reputer
      : (scores?.inferers.find((one) => one.participant === address) ??
        scores?.forecasters.find((one) => one.participant === address));
  const roles = role === 'reputer' ? [3] : [1, 2];
  const paid = rewards?.payments.filter((one) => one.participant === address && roles.includes(one.role));
  return {
    active:
      role === 'worker'
        ? inference && (inferer !== undefined || forecaster !== undefined)
        : scores && reputer?.score !== undefined,
    weight:
      role === 'worker'
        ? (inferer?.weight ?? forecaster?.weight ?? null)
        : (reputer?.listeningCoefficient ?? null),
    score: scored?.score ?? null,
    emaScore: scored?.emaScore ?? null,
    ...(role === 'worker' ? { shadow: shadowOf(epoch, address) } : {}),
    rewardUallo: paid === undefined ? null : sum(paid.map(({ amountUallo }) => amountUallo)),
    final: rewards !== null && scores !== null,
  };
}
