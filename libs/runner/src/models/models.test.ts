import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createAccount } from '@allora/identity/account';
import { createClient } from '@allora/sdk/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TextServer, type TextAnswer } from '../../test/text-server';
import { inferenceModelConfig } from '../config/source-config';
import { type Log, silentLog } from '../log';
import { linearOnnx } from './linear-onnx';
import type { InferenceModel, ModelContext, Question } from './model';
import { openForecastModel, openInferenceModel } from './open-models';
import { fillTemplate } from './template';

const worker = createAccount().address;
const open: { close(): Promise<void> }[] = [];
let folder: string;

beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'allora-models-'))));
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
  rmSync(folder, { recursive: true });
});

const context = (log: Log = silentLog): ModelContext => ({
  client: createClient({ baseUrl: 'http://127.0.0.1:9', chainId: '' }),
  log,
  baseDir: folder,
  env: process.env,
});
const question = (nonce = 120, timeoutMs = 10_000): Question => ({
  ...{ topicId: 3, nonce, worker, atMs: Date.UTC(2026, 0, 4, 6) },
  signal: AbortSignal.timeout(timeoutMs),
});

async function model(spec: unknown, log?: Log): Promise<InferenceModel> {
  const opened = await openInferenceModel(inferenceModelConfig.parse(spec), context(log));
  open.push(opened);
  return opened;
}

async function serve(
  answer: (path: string) => TextAnswer | null,
): Promise<{ url: string; server: TextServer }> {
  const server = new TextServer(answer);
  open.push(server);
  return { url: await server.open(), server };
}

describe('a template', () => {
  it('is filled in one pass, and never by a parameter of a reserved name', () => {
    const parameters = { Token: 'B/{TopicId}', BlockHeight: '1' };
    expect(fillTemplate('{Token}-{BlockHeight}-{TopicId}-{Else}', { nonce: 9, topicId: 4 }, parameters)).toBe(
      'B/{TopicId}-9-4-{Else}',
    );
  });
});

describe('a model container', () => {
  it('is asked by its template, and its digits are kept', async () => {
    const { url, server } = await serve(() => ({ body: '1455.22000000000000000000001\n' }));
    const http = await model({
      type: 'http',
      url: `${url}/inference/{Token}/{BlockHeight}`,
      parameters: { Token: 'ETH' },
    });
    expect(await http.infer(question())).toBe('1455.22000000000000000000001');
    expect(server.seen[0]!.path).toBe('/inference/ETH/120');
  });

  it('that fails is told of in words', async () => {
    const { url } = await serve((place) =>
      place === '/hang' ? null : { status: 503, body: 'loading the model' },
    );
    const at = async (place: string, timeoutMs?: number) =>
      (await model({ type: 'http', url: `${url}${place}` })).infer(question(1, timeoutMs));
    await expect(at('/')).rejects.toThrow('answered HTTP 503: "loading the model"');
    await expect(at('/hang', 50)).rejects.toThrow('did not answer in time');
    const nobody = await model({ type: 'http', url: 'http://127.0.0.1:9/' });
    await expect(nobody.infer(question())).rejects.toThrow(/no answer from http:\/\/127.0.0.1:9/);
  });
});

const program = (lines: string, log?: Log) => {
  writeFileSync(
    path.join(folder, 'model.cjs'),
    `require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
    const question = JSON.parse(line);
    ${lines}
  });`,
  );
  return model({ type: 'program', command: [process.execPath, 'model.cjs'] }, log);
};
const answerLine = `console.log(JSON.stringify({ id: question.id, value: question.nonce + 0.5 }));`;

describe('a program', () => {
  it('is kept alive between questions, and asked one at a time', async () => {
    const counter = await program(
      `globalThis.count = (globalThis.count ?? 0) + 1; console.log(globalThis.count);`,
    );
    expect(await Promise.all([1, 2, 3].map((nonce) => counter.infer(question(nonce))))).toEqual([
      '1',
      '2',
      '3',
    ]);
  });

  it('hears what it is asked, and what it says besides goes to the log', async () => {
    const lines: string[] = [];
    const log = { ...silentLog, info: (_fields: object, message: string) => void lines.push(message) };
    const chatty = await program(
      `console.error('thinking about ' + question.kind + ' of ' + question.worker); console.log('{"id": 999, "value": 1}'); ${answerLine}`,
      log,
    );
    expect(await chatty.infer(question(7))).toBe('7.5');
    await expect.poll(() => lines).toEqual([`thinking about inference of ${worker}`]);
  });

  it('is started again when it ends', async () => {
    const fragile = await program(`if (question.nonce === 1) process.exit(3); ${answerLine}`);
    await expect(fragile.infer(question(1))).rejects.toThrow(/gave no answer: it ended with code 3/);
    expect(await fragile.infer(question(2))).toBe('2.5');
  });

  it('that is not done in time is ended, and its late answer never counts', async () => {
    const slow = await program(
      `if (question.nonce === 1) setTimeout(() => console.log(1), 300); else { ${answerLine} }`,
    );
    await expect(slow.infer(question(1, 150))).rejects.toThrow('did not answer in time');
    expect(await slow.infer(question(2))).toBe('2.5');
  });

  it('may say that it cannot', async () => {
    const sorry = await program(`console.log(JSON.stringify({ id: question.id, error: 'no data yet' }));`);
    await expect(sorry.infer(question())).rejects.toThrow(/says: "no data yet"/);
  });

  it('that does not exist is told of', async () => {
    const none = await model({ type: 'program', command: ['/nowhere/model'] });
    await expect(none.infer(question(1, 400))).rejects.toThrow(/ENOENT|not running again in time/);
  });

  it('forecasts by kind', async () => {
    writeFileSync(
      path.join(folder, 'f.cjs'),
      `require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
      const { id, kind, worker } = JSON.parse(line); console.log(JSON.stringify({ id, forecasts: kind === 'forecast' ? { [worker]: -1.25 } : {} })); });`,
    );
    const forecaster = await openForecastModel(
      { type: 'program', command: [process.execPath, 'f.cjs'] },
      context(),
    );
    open.push(forecaster);
    expect(await forecaster.forecast(question())).toEqual([{ inferer: worker, value: '-1.25' }]);
  });
});

describe('a function', () => {
  const write = (text: string) => writeFileSync(path.join(folder, 'model.mjs'), text);

  it('answers a number or its text, at once or later', async () => {
    write(`export const infer = ({ nonce }) => nonce / 4; export const best = async () => '1.10';`);
    expect(await (await model({ type: 'function', module: 'model.mjs' })).infer(question(1))).toBe('0.25');
    expect(
      await (await model({ type: 'function', module: 'model.mjs', export: 'best' })).infer(question()),
    ).toBe('1.10');
  });

  it('that is missing, late or wrong is told of', async () => {
    write(
      `export const infer = ({ nonce }) => nonce === 1 ? new Promise(() => {}) : NaN; export const other = 1;`,
    );
    await expect(model({ type: 'function', module: 'model.mjs', export: 'other' })).rejects.toThrow(
      /exports no function "other"; it exports infer, other/,
    );
    await expect(model({ type: 'function', module: 'none.mjs' })).rejects.toThrow(/cannot be loaded/);
    const own = await model({ type: 'function', module: 'model.mjs' });
    await expect(own.infer(question(1, 50))).rejects.toThrow('did not answer in time');
    await expect(own.infer(question(2))).rejects.toThrow(/no finite number/);
  });

  it('forecasts as an object, a map or a list', async () => {
    write(
      `export const forecast = ({ worker, nonce }) => [{ [worker]: -2 }, new Map([[worker, '-2']]), [{ inferer: worker, value: -2 }]][nonce];`,
    );
    const own = await openForecastModel({ type: 'function', module: 'model.mjs' }, context());
    for (const nonce of [0, 1, 2])
      expect(await own.forecast(question(nonce))).toEqual([{ inferer: worker, value: '-2' }]);
  });
});

describe('an ONNX model', () => {
  const csv = [
    'height,close',
    ...[100, 102, 101, 105, 110, 999].map((close, i) => `${100 + 10 * i},${close}`),
  ].join('\n');
  const spec = (change: object = {}) => ({
    type: 'onnx',
    file: 'model.onnx',
    source: { type: 'csv', file: 'prices.csv', heightColumn: 'height' },
    features: [
      { kind: 'lag', column: 'close', steps: [0, 1] },
      { kind: 'window', column: 'close', length: 3, statistic: 'mean' },
    ],
    ...change,
  });
  beforeEach(() => {
    writeFileSync(path.join(folder, 'prices.csv'), csv);
    writeFileSync(path.join(folder, 'model.onnx'), linearOnnx([0.5, 0.25, 0.25], 1));
  });

  it('is fed by its pipeline, of what was known at the height and nothing later', async () => {
    const onnx = await model(spec());
    // Known at 120: 100, 102, 101.
    expect(Number(await onnx.infer(question(120)))).toBeCloseTo(0.5 * 101 + 0.25 * 102 + 0.25 * 101 + 1, 3);
    await expect(onnx.infer(question(100))).rejects.toThrow(/looks 1 rows back; there are 1/);
  });

  it('may tell a return, from which the level follows', async () => {
    writeFileSync(path.join(folder, 'model.onnx'), linearOnnx([0], 0.5));
    const onnx = await model(
      spec({
        features: [{ kind: 'return', column: 'close', steps: [1] }],
        result: { as: 'return', of: 'close' },
      }),
    );
    expect(await onnx.infer(question(140))).toBe('165');
  });

  it('that cannot be run is told of at the start', async () => {
    await expect(model(spec({ input: 'nothing' }))).rejects.toThrow(/has no input "nothing"; it has input/);
    writeFileSync(path.join(folder, 'model.onnx'), 'rubbish');
    await expect(model(spec())).rejects.toThrow(/model.onnx cannot be loaded/);
  });
});
