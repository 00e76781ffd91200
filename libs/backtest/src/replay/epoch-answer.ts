import { synthesisParams } from '@allora/protocol/epoch/stage-params';
import { type ToldValues, toldValues } from '@allora/protocol/explain/epoch-values';
import { emptyRow } from '@allora/protocol/regret/regret-table';
import { selectActive } from '@allora/protocol/score/sortition';
import { compareIds } from '@allora/protocol/shape';
import {
  type NetworkInference,
  synthesize,
  type SynthesisInput,
} from '@allora/protocol/synthesis/network-inference';
import type { RecordedEpoch } from '../history/recorded';
import type { Learning } from './learning';

/** An epoch's answer with everything of it that is scored. */
export interface EpochAnswer {
  /** Null without inferences. */
  readonly inference: NetworkInference | null;
  readonly input: SynthesisInput;
  readonly told: ToldValues | null;
  readonly passive: readonly string[];
  /** Would have been active, but their values were not published as they were passive. */
  readonly unknown: readonly string[];
}

export interface Candidate {
  readonly worker: string;
  /** Decimal text. */
  readonly value: string;
}

/** An epoch of the record, with one more inferer if there is one, as the network would have answered it. */
export function answerEpoch(
  epoch: RecordedEpoch,
  learning: Learning,
  candidate: Candidate | null,
): EpochAnswer {
  learning.upTo(epoch.settledNonce);
  const values = new Map(epoch.inferers.map(({ inferer, value }) => [inferer, Number(value)]));
  if (candidate) values.set(candidate.worker, Number(candidate.value));
  const submitted = [...new Set([...values.keys(), ...epoch.passiveInferers])].sort(compareIds);
  const chosen = candidate
    ? selectActive({
        participants: submitted,
        previousEma: submitted.map((id) => learning.infererEma.get(id) ?? null),
        limit: epoch.params.maxActiveInferers,
      })
    : submitted.filter((id) => values.has(id));
  const inferers = chosen.filter((id) => values.has(id));
  const active = new Set(inferers);
  const place = new Map(inferers.map((id, j) => [id, j]));
  const forecasts = epoch.forecasts
    .map(({ forecaster, elements }) => ({
      forecaster,
      elements: elements.filter(({ inferer }) => active.has(inferer)),
    }))
    .filter(({ elements }) => elements.length > 0);
  const forecasters = forecasts.map(({ forecaster }) => forecaster);
  const input: SynthesisInput = {
    inferers,
    inferences: inferers.map((id) => values.get(id)!),
    forecasters,
    forecasts: forecasts.map(({ elements }) => {
      const row = emptyRow(inferers.length);
      for (const { inferer, loss } of elements) row[place.get(inferer)!] = loss;
      return row;
    }),
    networkLoss: learning.networkLoss,
    initialRegret: learning.initialRegret,
    regrets: learning.regrets(inferers, forecasters),
  };
  const inference = inferers.length === 0 ? null : synthesize(input, synthesisParams(epoch.params));
  return {
    inference,
    input,
    told: inference && toldValues(input, inference),
    passive: submitted.filter((id) => !active.has(id)),
    unknown: chosen.filter((id) => !values.has(id)),
  };
}
