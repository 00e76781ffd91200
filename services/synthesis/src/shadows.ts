import type { ForecastSet, InferenceSet } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import type { NetworkLosses, ShadowLosses } from '@allora/contracts/gen/allora/reputation/v1/reputation';
import type {
  ForecastSubmission,
  InferenceSubmission,
} from '@allora/contracts/gen/allora/signing/v1/signing';
import type { NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import type { TopicParams } from '@allora/contracts/gen/allora/topics/v1/topics';
import { synthesisParams } from '@allora/protocol/epoch/stage-params';
import { DEFAULT_PARAMS } from '@allora/protocol/params';
import { emptyRow } from '@allora/protocol/regret/regret-table';
import { joinForecaster, joinInferer } from '@allora/protocol/shadow/join-epoch';
import { shadowRegret } from '@allora/protocol/shadow/shadow-losses';
import type { SynthesisInput } from '@allora/protocol/synthesis/network-inference';
import { acceptElements, type EmaScores } from './active-set';
import { WorkerRole } from './workers.store';

/** What shadows submitted for an epoch, in ascending order of author. */
export interface ShadowSets {
  readonly inferences: readonly InferenceSubmission[];
  readonly forecasts: readonly ForecastSubmission[];
}

/** Regret of a shadow by its id; one that is not named has none yet. */
export type ShadowRegrets = ReadonlyMap<string, number>;

export interface ShadowRegretRow {
  readonly role: WorkerRole;
  readonly worker: string;
  readonly regret: number;
}

export const shadowsOf = (
  inferenceParts: readonly InferenceSet[],
  forecastParts: readonly ForecastSet[],
): ShadowSets => ({
  inferences: inferenceParts.flatMap((part) => part.shadowInferences),
  forecasts: forecastParts.flatMap((part) => part.shadowForecasts),
});

/** What the epoch would have been with each of its shadows; `input` is the epoch as it is, and stays so. */
export function answerShadows(
  shadows: ShadowSets,
  input: SynthesisInput,
  {
    params,
    infererEma,
    regrets,
  }: {
    readonly params: TopicParams;
    readonly infererEma: EmaScores;
    readonly regrets: Readonly<Record<'inferers' | 'forecasters', ShadowRegrets>>;
  },
): Pick<NetworkInference, 'shadowInferers' | 'shadowForecasters'> {
  const rules = synthesisParams(params);
  const active = new Set(input.inferers);
  return {
    shadowInferers: shadows.inferences.flatMap(({ inferer, value: text }) => {
      const value = Number(text);
      if (!Number.isFinite(value)) return [];
      const regret = regrets.inferers.get(inferer) ?? null;
      const { combined, weight } = joinInferer(input, { inferer, value, regret }, rules);
      const told = { inferer, value: text, weight: weight ?? undefined };
      return [{ ...told, regret: regret ?? input.initialRegret, combinedWith: combined }];
    }),
    shadowForecasters: shadows.forecasts.flatMap(({ forecaster, elements }) => {
      const forecast = emptyRow(input.inferers.length);
      const losses = elements.map(({ inferer, value }) => ({ inferer, loss: Number(value) }));
      const accepted = acceptElements(losses, active, infererEma, DEFAULT_PARAMS.maxElementsPerForecast);
      for (const { inferer, loss } of accepted) forecast[input.inferers.indexOf(inferer)] = loss;
      const regret = regrets.forecasters.get(forecaster) ?? null;
      const joined = accepted.length > 0 && joinForecaster(input, { forecaster, forecast, regret }, rules);
      if (!joined) return [];
      const { combined, forecastImplied, weight } = joined;
      const told = { forecaster, forecastImplied, weight };
      return [{ ...told, regret: regret ?? input.initialRegret, combinedWith: combined }];
    }),
  };
}

/** The regrets of shadows after an epoch; `initialRegret` is the topic's before it. */
export function learnShadows(
  { shadowInferers, shadowForecasters }: Pick<NetworkLosses, 'shadowInferers' | 'shadowForecasters'>,
  before: Readonly<Record<'inferers' | 'forecasters', ShadowRegrets>>,
  rules: { readonly initialRegret: number; readonly alphaRegret: number },
): ShadowRegretRow[] {
  const learn = (role: WorkerRole, losses: readonly ShadowLosses[], known: ShadowRegrets) =>
    losses.map(({ worker, loss, combined }) => {
      const regret = known.get(worker) ?? null;
      return { role, worker, regret: shadowRegret({ own: loss, combined }, { ...rules, regret }) };
    });
  return [
    ...learn(WorkerRole.INFERER, shadowInferers, before.inferers),
    ...learn(WorkerRole.FORECASTER, shadowForecasters, before.forecasters),
  ];
}
