import { isSquaredError } from '@allora/protocol/explain/loss-method';
import { recoverTruth } from '@allora/protocol/explain/recovered-truth';
import type { TruthSource } from '@allora/runner/truth/truth';
import type { AlloraClient } from '@allora/sdk/client';
import { AlloraError } from '@allora/sdk/errors';
import { z } from 'zod';
import { HistoryError, type RecordedEpoch, type ReporterTruth } from './recorded';

/** Where truths are asked for. */
export interface TruthFinder {
  readonly client: Pick<AlloraClient, 'simulateEpoch'>;
  readonly topicId: number;
  readonly lossMethod: string;
  /** Asked instead of the reported losses; every reputer is taken to have read the same. */
  readonly given?: TruthSource | undefined;
  /** Usual time of a block: when the truth of an epoch was there is reckoned by it. */
  readonly blockMs: number;
  readonly signal: AbortSignal;
}

const SAY_WHERE = 'Say where the truth is: --truth-csv, --truth-http or --truth-module.';

export type EpochFacts = Omit<RecordedEpoch, 'truths'>;
export type Truths = ReadonlyMap<string, ReporterTruth>;

/**
 * What each reputer of an epoch took for the truth. Reputers that agree show it in the network losses; where they do not, the network
 * itself is asked what their own losses imply.
 */
export async function findTruths(epoch: EpochFacts, finder: TruthFinder): Promise<Truths> {
  if (epoch.losses === null) return new Map();
  const forAll = (truth: ReporterTruth): Truths =>
    new Map(epoch.reputers.map(({ reputer }) => [reputer, truth]));
  if (finder.given) return forAll(await givenTruth(epoch, finder, finder.given));
  if (!isSquaredError(finder.lossMethod)) {
    const what = `losses of method "${finder.lossMethod}" do not tell the truth they are of`;
    throw new HistoryError(what, SAY_WHERE);
  }
  return sharedTruth(epoch, forAll) ?? (await askedTruths(epoch, finder));
}

async function givenTruth(
  { nonce, params, atMs }: EpochFacts,
  { topicId, blockMs, signal }: TruthFinder,
  source: TruthSource,
): Promise<ReporterTruth> {
  const { groundTruthLagBlocks: lagBlocks } = params;
  const question = { topicId, nonce, lagBlocks, atMs: atMs + lagBlocks * blockMs, signal };
  return { truth: Number(await source.truth(question)), errorFloor: 0, source: 'given' };
}

function sharedTruth(
  { losses, inferers, told }: EpochFacts,
  forAll: (truth: ReporterTruth) => Truths,
): Truths | null {
  if (losses === null || told === null) return null;
  const valueOf = new Map(inferers.map(({ inferer, value }) => [inferer, Number(value)]));
  const pairs = losses.inferers.flatMap((inferer, j) => {
    const [value, loss] = [valueOf.get(inferer), losses.bundle.inferer[j] ?? null];
    return value === undefined || loss === null ? [] : [{ value, loss }];
  });
  const verdict = recoverTruth([...pairs, { value: told.combined, loss: losses.bundle.combined }]);
  if (verdict.kind !== 'recovered') return null;
  return forAll({ truth: verdict.truth, errorFloor: verdict.errorFloor, source: 'recovered' });
}

const recoveredShape = z.object({
  reputers: z.array(z.object({ reputer: z.string(), truth: z.number(), errorFloor: z.number() })),
});

/** Losses of an epoch without one of its inferers have to be computed anew, for which the network recovers each reputer's truth. */
async function askedTruths(epoch: EpochFacts, { client, topicId }: TruthFinder): Promise<Truths> {
  const { nonce } = epoch;
  for (const { inferer } of epoch.inferers) {
    const answer = await client
      .simulateEpoch({ topicId, nonce, without: [inferer] })
      .catch((error: unknown) => {
        if (error instanceof AlloraError && error.code === 'TRUTH_NOT_RECOVERABLE') return null;
        throw error;
      });
    const told = recoveredShape.safeParse(answer?.recoveredTruth).data?.reputers ?? [];
    const truths = new Map(
      told.map(({ reputer, truth, errorFloor }) => [
        reputer,
        { truth, errorFloor, source: 'recovered' as const },
      ]),
    );
    if (epoch.reputers.every(({ reputer }) => truths.has(reputer))) return truths;
    if (answer === null) break;
  }
  const what = `the losses of epoch ${nonce} do not tell the truth that its reputers read`;
  throw new HistoryError(what, `${SAY_WHERE} Or begin later: --from.`);
}
