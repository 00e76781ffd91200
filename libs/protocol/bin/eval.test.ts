import { spawn } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEFAULT_PARAMS } from '../src/params';
import { answerLine } from './answer';

const ROOT = path.resolve(import.meta.dirname, '../../..');

function startFilter() {
  const tsx = path.join(ROOT, 'node_modules/.bin/tsx');
  return spawn(tsx, ['libs/protocol/bin/eval.ts'], { cwd: ROOT, stdio: ['pipe', 'pipe', 'pipe'] });
}

async function filter(
  input: string | Buffer[],
): Promise<{ lines: unknown[]; code: number | null; stderr: string }> {
  const child = startFilter();
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  for (const chunk of [input].flat()) child.stdin.write(chunk);
  child.stdin.end();
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  const lines = stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as unknown);
  return { lines, code, stderr };
}

const sortitionRequest = {
  id: 'a',
  stage: 'sortition',
  params: { merit_sortition_alpha: 0.5, quantile: 0.5 },
  input: { participants: ['p', 'q'], limit: 1, previous_ema: [1, null], scores: [3, 9] },
};
const sortitionAnswer = { id: 'a', output: { active: ['p'], quantile: 3, ema: [2, 3] } };

const answer = (
  request: unknown,
): { id: unknown; output?: unknown; error?: { code: string; message: string } } =>
  JSON.parse(answerLine(typeof request === 'string' ? request : JSON.stringify(request)));

describe('a line', () => {
  it('is answered under its id, in the names of the outside', () => {
    expect(answer(sortitionRequest)).toEqual(sortitionAnswer);
    expect(answer({ ...sortitionRequest, id: 7 }).id).toBe(7);
  });

  it.each([
    ['{"id":', null, 'BAD_JSON'],
    ['[]', null, 'BAD_REQUEST'],
    ['null', null, 'BAD_REQUEST'],
    [{ ...sortitionRequest, stage: 'nonsense' }, 'a', 'UNKNOWN_STAGE'],
    [{ id: 'a' }, 'a', 'UNKNOWN_STAGE'],
    [{ ...sortitionRequest, stage: 'constructor' }, 'a', 'UNKNOWN_STAGE'],
    [{ ...sortitionRequest, input: undefined }, 'a', 'BAD_REQUEST'],
    [{ ...sortitionRequest, params: {} }, 'a', 'BAD_REQUEST'],
    [{ ...sortitionRequest, params: { ...sortitionRequest.params, quantile: 2 } }, 'a', 'INVALID_PARAMETER'],
    [{ ...sortitionRequest, input: { ...sortitionRequest.input, scores: ['3', 9] } }, 'a', 'BAD_REQUEST'],
    [{ ...sortitionRequest, input: { ...sortitionRequest.input, scores: [3] } }, 'a', 'SHAPE_MISMATCH'],
    [
      { ...sortitionRequest, input: { ...sortitionRequest.input, participants: ['q', 'p'] } },
      'a',
      'IDS_NOT_ASCENDING',
    ],
    [{ ...sortitionRequest, id: { deep: 1 }, stage: 'x' }, null, 'UNKNOWN_STAGE'],
  ])('%j is refused under id %j with %s', (request, id, code) => {
    expect(answer(request)).toEqual({ id, error: { code, message: expect.any(String) } });
  });

  it('names the field that is wrong as the caller wrote it', () => {
    const input = { ...sortitionRequest.input, previous_ema: [1, 'x'] };
    expect(answer({ ...sortitionRequest, input }).error!.message).toMatch(/^input\.previous_ema\[1\]: /);
  });

  it('with a number beyond the doubles is refused, not computed', () => {
    const line = JSON.stringify(sortitionRequest).replace('[3,9]', '[3,1e999]');
    expect(answer(line).error!.code).toBe('BAD_REQUEST');
  });

  it('reaches every stage', () => {
    const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    const params = Object.fromEntries(
      Object.entries(DEFAULT_PARAMS).map(([name, value]) => [snake(name), value]),
    );
    const stages = 'synthesis network-losses regrets scores rewards emission topics sortition'.split(' ');
    for (const stage of stages)
      expect(answer({ id: stage, stage, params, input: {} }).error!.code).toBe('BAD_REQUEST');
  });
});

describe('the filter', () => {
  it('answers the good lines around the bad ones, in order, and ends well', async () => {
    const lines = [
      JSON.stringify(sortitionRequest),
      'garbage',
      '',
      '{"id":"b","stage":"x"}',
      JSON.stringify(sortitionRequest),
    ];
    const result = await filter(lines.join('\n'));
    expect(result.lines).toEqual([
      sortitionAnswer,
      { id: null, error: { code: 'BAD_JSON', message: expect.any(String) } },
      { id: 'b', error: { code: 'UNKNOWN_STAGE', message: expect.any(String) } },
      sortitionAnswer,
    ]);
    expect(result).toMatchObject({ code: 0, stderr: '' });
  }, 20_000);

  it('puts lines and letters together that arrive in pieces', async () => {
    const request = {
      ...sortitionRequest,
      id: 'å',
      input: { ...sortitionRequest.input, participants: ['p', 'ø'] },
    };
    const bytes = Buffer.from(`${JSON.stringify(request)}\r\n`);
    const pieces = Array.from(bytes, (_, i) => bytes.subarray(i, i + 1));
    const result = await filter(pieces);
    expect(result.lines).toEqual([{ ...sortitionAnswer, id: 'å' }]);
  }, 20_000);

  it('ends quietly when its reader goes away', async () => {
    const child = startFilter();
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.stdin.on('error', () => undefined);
    child.stdout.once('data', () => child.stdout.destroy());
    const line = `${JSON.stringify(sortitionRequest)}\n`;
    child.stdin.write(line.repeat(20_000));
    const code = await new Promise<number | null>((resolve) => child.on('exit', resolve));
    child.stdin.destroy();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  }, 20_000);
});
