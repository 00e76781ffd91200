import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { loadRunnerConfig } from '@allora/runner/config/load-config';
import { featureVector } from '@allora/runner/models/features';
import { linearOnnx } from '@allora/runner/models/linear-onnx';
import { csvRows } from '@allora/runner/sources/series';
import { Matrix, solve } from 'ml-matrix';

/** 2000 to 2009: the network of `npm start` replays later years. */
const TRAINING_DAYS = 2500;
const LONGEST_FEATURE = 21;

/** Fits the model on old prices, through the features that runner.yaml declares: what it learns from is what it is asked with. */
export async function makeModel(): Promise<Uint8Array> {
  const { config } = await loadRunnerConfig({ file: path.join(import.meta.dirname, 'runner.yaml') });
  const inference = config.workers[0]?.inference;
  if (inference?.type !== 'onnx') throw new Error('runner.yaml has no ONNX model');
  const data = path.dirname(createRequire(import.meta.url).resolve('vega-datasets'));
  const prices = readFileSync(path.join(data, '../data/sp500-2000.csv'), 'utf8');
  const rows = csvRows(prices, { timeColumn: 'date' }).slice(0, TRAINING_DAYS);
  const days = rows.slice(LONGEST_FEATURE, -1).map((_, i) => rows.slice(i, i + LONGEST_FEATURE + 1));
  const inputs = days.map((known) => featureVector(inference.features, known, known.at(-1)!.atMs!));
  const growth = days.map((known, i) => {
    const next = rows[i + LONGEST_FEATURE + 1]!;
    return Math.log(Number(next.values['close']) / Number(known.at(-1)!.values['close']));
  });
  const fitted = solve(new Matrix(inputs.map((row) => [1, ...row])), Matrix.columnVector(growth), true);
  const [bias = 0, ...weights] = fitted.to1DArray();
  return linearOnnx(weights, bias);
}

if (import.meta.filename === process.argv[1])
  writeFileSync(path.join(import.meta.dirname, 'model.onnx'), await makeModel());
