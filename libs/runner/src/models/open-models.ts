import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type {
  ForecastModelConfig,
  InferenceModelConfig,
  SourceConfig,
  TruthConfig,
} from '../config/source-config';
import {
  csvRows,
  fileSeries,
  httpSeries,
  jsonRows,
  replaySeries,
  type ReplayOptions,
  type Series,
} from '../sources/series';
import { functionTruth, httpTruth, replayTruth, seriesTruth, type TruthSource } from '../truth/truth';
import { builtInForecast } from './built-in-forecaster';
import { functionForecast, functionInference } from './function-model';
import { httpForecast, httpInference } from './http-model';
import { loadFunction } from './load-function';
import type { ForecastModel, InferenceModel, ModelContext } from './model';
import { onnxInference } from './onnx-model';
import type { ProgramOptions } from './program';
import { programForecast, programInference } from './program-model';

type ProgramConfig = Extract<InferenceModelConfig, { type: 'program' }>;

const programOptions = (spec: ProgramConfig, { baseDir, env, log }: ModelContext): ProgramOptions => ({
  command: spec.command,
  cwd: path.resolve(baseDir, spec.cwd ?? '.'),
  env: { ...env, ...spec.env },
  log,
});

export async function openInferenceModel(
  spec: InferenceModelConfig,
  context: ModelContext,
): Promise<InferenceModel> {
  switch (spec.type) {
    case 'http':
      return httpInference(spec);
    case 'program':
      return programInference(programOptions(spec, context));
    case 'function':
      return functionInference(await userFunction(spec, 'infer', context), context);
    case 'onnx':
      return onnxInference({
        ...spec,
        file: path.resolve(context.baseDir, spec.file),
        series: await openSeries(spec.source, context),
      });
  }
}

export async function openForecastModel(
  spec: ForecastModelConfig,
  context: ModelContext,
): Promise<ForecastModel> {
  switch (spec.type) {
    case 'http':
      return httpForecast(spec);
    case 'program':
      return programForecast(programOptions(spec, context));
    case 'function':
      return functionForecast(await userFunction(spec, 'forecast', context), context);
    case 'built-in':
      return builtInForecast({ ...spec, client: context.client });
  }
}

export async function openTruth(spec: TruthConfig, context: ModelContext): Promise<TruthSource> {
  switch (spec.type) {
    case 'http':
      return httpTruth(spec);
    case 'csv':
      return seriesTruth({ ...spec, series: fileSeries(path.resolve(context.baseDir, spec.file), spec) });
    case 'rows':
      return seriesTruth({ ...spec, series: httpSeries(spec.url, spec) });
    case 'replay':
      return replayTruth({ ...spec, ...(await recording(spec, context)) });
    case 'function':
      return functionTruth(await userFunction(spec, 'truth', context));
  }
}

export async function openSeries(spec: SourceConfig, context: ModelContext): Promise<Series> {
  switch (spec.type) {
    case 'csv':
      return fileSeries(path.resolve(context.baseDir, spec.file), spec);
    case 'http':
      return httpSeries(spec.url, spec);
    case 'replay':
      return replaySeries(await recording(spec, context));
  }
}

type Recorded = Omit<ReplayOptions, 'rows'> & { readonly file: string };

async function recording(spec: Recorded, { baseDir }: ModelContext): Promise<ReplayOptions> {
  const text = await readFile(path.resolve(baseDir, spec.file), 'utf8');
  const rows = /^\s*[[{]/.test(text) ? jsonRows(text, {}) : csvRows(text, {});
  const { firstNonce, firstRow, blocksPerRow } = spec;
  return { rows, firstNonce, firstRow, blocksPerRow };
}

const userFunction = (
  spec: { readonly module: string; readonly export?: string | undefined },
  name: string,
  { baseDir }: ModelContext,
) => loadFunction(path.resolve(baseDir, spec.module), spec.export ?? name);
