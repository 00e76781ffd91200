import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { nearly } from '../test/arbitraries';
import { applyJsonBigints, RULES } from './rules';

/** One case of a rule, worked out by hand: how, from what, and what must come of it. */
interface Vector {
  readonly derivation: string;
  readonly params?: unknown;
  readonly input: unknown;
  readonly expected?: unknown;
  readonly error?: string;
}

const HERE = import.meta.dirname;
const SOURCE = path.join(HERE, '../src');

/** Folders whose every file is a rule of the protocol's mathematics or money. */
const RULE_FOLDERS = ['synthesis', 'loss', 'regret', 'score', 'reward', 'ledger'];
/** Shapes of data that hold no rule. */
const SHAPES = ['epoch-values', 'loss-table', 'regret-table'];

const foldersOf = (place: string): string[] =>
  readdirSync(place, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));

const casesOf = (rule: string): string[] =>
  readdirSync(path.join(HERE, rule)).filter((file) => file.endsWith('.json'));

const vectorRules = foldersOf(HERE);

describe('vectors', () => {
  it('exist for every rule, and a function for every vector', () => {
    expect(vectorRules.toSorted()).toEqual(Object.keys(RULES).toSorted());
    for (const rule of vectorRules) expect(casesOf(rule).length, rule).toBeGreaterThan(0);
  });

  it('cover every file that holds a rule', () => {
    const files = RULE_FOLDERS.flatMap((folder) => readdirSync(path.join(SOURCE, folder)))
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .map((file) => path.basename(file, '.ts'))
      .filter((name) => !SHAPES.includes(name));
    expect(files.filter((name) => !(name in RULES))).toEqual([]);
  });
});

describe.each(vectorRules)('%s', (rule) => {
  it.each(casesOf(rule))('%s', (file) => {
    const vector = JSON.parse(readFileSync(path.join(HERE, rule, file), 'utf8')) as Vector;
    expect(vector.derivation).toEqual(expect.any(String));
    const compute = RULES[rule]!;
    const run = (): unknown => applyJsonBigints(compute(vector.input as never, (vector.params ?? {}) as never));
    if (vector.error !== undefined) {
      expect(run).toThrowError(expect.objectContaining({ code: vector.error }));
      return;
    }
    const actual = run();
    if (!nearly(actual, vector.expected, 1e-13, 1e-15)) expect(actual).toEqual(vector.expected);
  });
});
