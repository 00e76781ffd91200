import type { InferenceModelConfig, SourceConfig } from '@allora/runner/config/source-config';
import { HistoryError } from '../history/recorded';
import type { ReplayedEpoch } from '../replay/replay';

/** Rows without a time or a height are shown whole: a model on them would see what was to come. */
export function requireDatedRows(model: InferenceModelConfig): void {
  if (model.type !== 'onnx' || isDated(model.source)) return;
  throw new HistoryError(
    'the rows of the model have neither a time nor a height, so that it would see what was to come',
    'Name their column: --time-column or --height-column, in a file source.timeColumn or source.heightColumn.',
  );
}

const isDated = (source: SourceConfig): boolean =>
  source.type === 'replay' || source.timeColumn !== undefined || source.heightColumn !== undefined;

/** Part of the spread of the others within which an answer is as good as the truth itself. */
const SAME_AS_TRUTH = 1e-3;
/** Of the answers; a model may hit the truth now and then. */
const HITS_MAX = 0.2;
const LEAST_EPOCHS = 5;

export interface LookAhead {
  /** Answers that are the truth itself, as far as it can be told. */
  readonly hits: number;
  readonly scored: number;
  readonly suspected: boolean;
}

/** Whether a model seems to know the truth beforehand: nothing else tells of models that read what they are not given. */
export function lookAhead(epochs: readonly ReplayedEpoch[]): LookAhead {
  const scored = epochs.filter(({ value, truths }) => value !== null && truths.length > 0);
  const hits = scored.filter(({ value, truths, combined, naive }) => {
    const near = Math.min(...truths.map((truth) => Math.abs(Number(value) - truth)));
    const usual = Math.min(
      ...truths.flatMap((truth) => [Math.abs((combined.without ?? naive) - truth), Math.abs(naive - truth)]),
    );
    return near <= SAME_AS_TRUTH * usual;
  }).length;
  return {
    hits,
    scored: scored.length,
    suspected: scored.length >= LEAST_EPOCHS && hits > HITS_MAX * scored.length,
  };
}
