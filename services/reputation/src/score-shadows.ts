import type { NetworkLosses, ShadowLosses } from '@allora/contracts/gen/allora/reputation/v1/reputation';
import type { NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import type { ReportedLosses } from '@allora/protocol/loss/network-losses';
import { shadowLosses, type ShadowValues } from '@allora/protocol/shadow/shadow-losses';

interface Answered extends ShadowValues {
  readonly worker: string;
}

/** What the bundles that counted imply of an epoch's shadows, who change nothing of what they say of the others. */
export function scoreShadows(
  { combined, inferers, shadowInferers, shadowForecasters }: NetworkInference,
  reported: ReportedLosses,
): Pick<NetworkLosses, 'shadowInferers' | 'shadowForecasters'> {
  const values = {
    combined,
    inferer: new Map(inferers.map(({ inferer, value }) => [inferer, Number(value)])),
  };
  const score = (answered: readonly Answered[]): ShadowLosses[] =>
    shadowLosses(reported, values, answered).flatMap((losses, i) => {
      if (losses === null) return [];
      const { own: loss, combined, combinedWith, contribution } = losses;
      return [{ worker: answered[i]!.worker, loss, combined, combinedWith, contribution }];
    });
  return {
    shadowInferers: score(
      shadowInferers.map(({ inferer, value, combinedWith }) => ({
        ...{ worker: inferer, own: Number(value), combinedWith },
      })),
    ),
    shadowForecasters: score(
      shadowForecasters.map(({ forecaster, forecastImplied, combinedWith }) => ({
        ...{ worker: forecaster, own: forecastImplied, combinedWith },
      })),
    ),
  };
}
