import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  nextSynthesisStep,
  type PendingHead,
  SYNTHESIS_INPUTS,
  type SynthesisHeads,
  type SynthesisInput,
  type SynthesisProgress,
  type SynthesisStep,
} from './next-synthesis-step';

const nothing: SynthesisProgress = { lossesNonce: null, scoresNonce: null, rewardsNonce: null };
const head = (nonce: number, settledNonce: number | null = null): PendingHead => ({
  nonce,
  settledNonce,
  complete: true,
});
const heads = (some: Partial<SynthesisHeads>): SynthesisHeads => ({
  inference_set: null,
  forecast_set: null,
  network_losses: null,
  epoch_scores: null,
  epoch_rewards: null,
  ...some,
});

describe('nextSynthesisStep', () => {
  it('waits for both sets of the lowest nonce', () => {
    expect(nextSynthesisStep(heads({}), nothing)).toEqual({
      kind: 'wait',
      input: 'inference_set',
      nonce: null,
    });
    expect(nextSynthesisStep(heads({ inference_set: head(10) }), nothing)).toEqual({
      kind: 'wait',
      input: 'forecast_set',
      nonce: 10,
    });
    expect(nextSynthesisStep(heads({ inference_set: head(20), forecast_set: head(10) }), nothing)).toEqual({
      kind: 'wait',
      input: 'inference_set',
      nonce: 10,
    });
  });

  it('waits for every part of a set', () => {
    const partial = { ...head(10), complete: false };
    expect(nextSynthesisStep(heads({ inference_set: partial, forecast_set: head(10) }), nothing).kind).toBe(
      'wait',
    );
    expect(nextSynthesisStep(heads({ inference_set: head(10), forecast_set: partial }), nothing).kind).toBe(
      'wait',
    );
  });

  it('applies nothing that settled after the epoch', () => {
    const early = heads({
      inference_set: head(20),
      forecast_set: head(20),
      network_losses: head(10),
      epoch_scores: head(10),
    });
    expect(nextSynthesisStep(early, nothing)).toEqual({ kind: 'synthesise', nonce: 20 });
  });

  it('asks for scores, then for the rewards that the losses stand on, then for the losses', () => {
    const sets = { inference_set: head(30, 20), forecast_set: head(30, 20) };
    const after10 = { lossesNonce: 10, scoresNonce: 10, rewardsNonce: null };
    expect(nextSynthesisStep(heads(sets), after10)).toEqual({
      kind: 'wait',
      input: 'epoch_scores',
      nonce: 20,
    });
    const scored = heads({ ...sets, epoch_scores: head(20), network_losses: head(20, 10) });
    expect(nextSynthesisStep(scored, after10)).toEqual({ kind: 'apply_scores', nonce: 20 });
    const after20 = { ...after10, scoresNonce: 20 };
    expect(nextSynthesisStep(scored, after20)).toEqual({ kind: 'wait', input: 'epoch_rewards', nonce: 10 });
    const paid = heads({ ...sets, network_losses: head(20, 10), epoch_rewards: head(10) });
    expect(nextSynthesisStep(paid, after20)).toEqual({ kind: 'apply_rewards', nonce: 10 });
    expect(nextSynthesisStep(paid, { ...after20, rewardsNonce: 10 })).toEqual({
      kind: 'apply_losses',
      nonce: 20,
    });
    expect(nextSynthesisStep(paid, { lossesNonce: 20, scoresNonce: 20, rewardsNonce: 10 })).toEqual({
      kind: 'synthesise',
      nonce: 30,
    });
  });

  it('takes the same steps for every interleaving of the logs', () => {
    const logs = epochLogs(7, 2);
    const expected = run(
      logs,
      SYNTHESIS_INPUTS.flatMap((input) => logs[input].map(() => input)),
    );
    expect(expected.filter((step) => step.kind === 'synthesise')).toHaveLength(7);
    const deliveries = SYNTHESIS_INPUTS.flatMap((input) => logs[input].map(() => input));
    fc.assert(
      fc.property(fc.shuffledSubarray(deliveries, { minLength: deliveries.length }), (order) => {
        expect(run(logs, order)).toEqual(expected);
      }),
    );
  });
});

type Logs = Readonly<Record<SynthesisInput, readonly PendingHead[]>>;

/** Epochs 10, 20, ... of which the one `settledLater` epochs before is the latest settled. */
function epochLogs(epochs: number, settledLater: number): Logs {
  const nonces = Array.from({ length: epochs }, (_, i) => 10 * (i + 1));
  const earlier = (nonce: number, by: number): number | null => (nonce > 10 * by ? nonce - 10 * by : null);
  const sets = nonces.map((nonce) => head(nonce, earlier(nonce, settledLater)));
  const settled = nonces.map((nonce) => head(nonce, earlier(nonce, 1)));
  return {
    inference_set: sets,
    forecast_set: sets,
    network_losses: settled,
    epoch_scores: settled,
    epoch_rewards: settled,
  };
}

/** Delivers the next record of each named log in turn and takes every step that becomes possible. */
function run(logs: Logs, order: readonly SynthesisInput[]): SynthesisStep[] {
  const arrived: Record<SynthesisInput, PendingHead[]> = {
    inference_set: [],
    forecast_set: [],
    network_losses: [],
    epoch_scores: [],
    epoch_rewards: [],
  };
  const delivered = new Map<SynthesisInput, number>();
  const taken: SynthesisStep[] = [];
  let progress = nothing;
  for (const input of order) {
    const index = delivered.get(input) ?? 0;
    delivered.set(input, index + 1);
    arrived[input].push(logs[input][index]!);
    for (;;) {
      const step = nextSynthesisStep(firstOf(arrived), progress);
      if (step.kind === 'wait') break;
      taken.push(step);
      progress = applied(step, arrived, progress);
    }
  }
  return taken;
}

function firstOf(arrived: Record<SynthesisInput, PendingHead[]>): SynthesisHeads {
  return Object.fromEntries(
    SYNTHESIS_INPUTS.map((input) => [input, arrived[input][0] ?? null]),
  ) as SynthesisHeads;
}

function applied(
  step: Exclude<SynthesisStep, { kind: 'wait' }>,
  arrived: Record<SynthesisInput, PendingHead[]>,
  progress: SynthesisProgress,
): SynthesisProgress {
  switch (step.kind) {
    case 'synthesise':
      arrived.inference_set.shift();
      arrived.forecast_set.shift();
      return progress;
    case 'apply_scores':
      arrived.epoch_scores.shift();
      return { ...progress, scoresNonce: step.nonce };
    case 'apply_losses':
      arrived.network_losses.shift();
      return { ...progress, lossesNonce: step.nonce };
    case 'apply_rewards':
      arrived.epoch_rewards.shift();
      return { ...progress, rewardsNonce: step.nonce };
  }
}
