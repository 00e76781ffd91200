import type { InferenceSession } from 'onnxruntime-node';
import { AnswerError, textOfDouble } from '../answers/decimal';
import type { Series, SeriesRow } from '../sources/series';
import { columnValues, type Feature, featureVector } from './features';
import type { InferenceModel } from './model';

/** How the model's number becomes an inference: as it is, or from the latest value of a column. */
export type OnnxResult =
  { readonly as: 'value' } | { readonly as: 'return' | 'logReturn' | 'difference'; readonly of: string };

export interface OnnxOptions {
  readonly file: string;
  readonly series: Series;
  readonly features: readonly Feature[];
  /** Of the model; the first of each unless told. */
  readonly input?: string | undefined;
  readonly output?: string | undefined;
  readonly dtype: 'float32' | 'float64';
  readonly result: OnnxResult;
}

type Runtime = typeof import('onnxruntime-node');

/** The runtime is large and native: only who runs such a model needs it installed. */
async function loadRuntime(): Promise<Runtime> {
  try {
    return await import('onnxruntime-node');
  } catch (error) {
    throw new Error('ONNX models need the package onnxruntime-node: npm install onnxruntime-node', {
      cause: error,
    });
  }
}

export async function onnxInference(options: OnnxOptions): Promise<InferenceModel> {
  const runtime = await loadRuntime();
  let session: InferenceSession;
  try {
    session = await runtime.InferenceSession.create(options.file);
  } catch (error) {
    throw new Error(`the model ${options.file} cannot be loaded: ${(error as Error).message}`, {
      cause: error,
    });
  }
  const input = nameIn(options.file, 'input', session.inputNames, options.input);
  const output = nameIn(options.file, 'output', session.outputNames, options.output);
  return {
    infer: async ({ atMs, nonce, signal }) => {
      const rows = await options.series.upTo({ atMs, nonce, signal });
      const vector = featureVector(options.features, rows, atMs);
      const data = options.dtype === 'float64' ? Float64Array.from(vector) : Float32Array.from(vector);
      const tensor = new runtime.Tensor(options.dtype, data, [1, vector.length]);
      const results = await session.run({ [input]: tensor });
      return textOfDouble(inferenceOf(options.result, Number(results[output]?.data[0]), rows));
    },
    close: () => session.release(),
  };
}

function nameIn(file: string, what: string, names: readonly string[], wanted = names[0]): string {
  if (wanted !== undefined && names.includes(wanted)) return wanted;
  throw new Error(`the model ${file} has no ${what} "${wanted}"; it has ${names.join(', ')}`);
}

function inferenceOf(result: OnnxResult, told: number, rows: readonly SeriesRow[]): number {
  if (!Number.isFinite(told)) throw new AnswerError(`the model answered ${told}`);
  if (result.as === 'value') return told;
  const latest = columnValues(rows.slice(-1), result.of)[0];
  if (latest === undefined) throw new AnswerError('the source has no rows yet');
  switch (result.as) {
    case 'return':
      return latest * (1 + told);
    case 'logReturn':
      return latest * Math.exp(told);
    case 'difference':
      return latest + told;
  }
}
