import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { rewardsConfig } from '../../services/rewards/src/config';

const root = path.resolve(import.meta.dirname, '../..');
const rules = readFileSync(path.join(import.meta.dirname, 'ledger.yml'), 'utf8');
const named = [...new Set(rules.match(/\ballora_[a-z_]+\b/g))];

/** Names of the metrics that the services make. */
function made(): Set<string> {
  const dirs = readdirSync(path.join(root, 'services')).map((name) =>
    path.join(root, 'services', name, 'src'),
  );
  const files = dirs.flatMap((dir) =>
    readdirSync(dir, { recursive: true, encoding: 'utf8' }).map((file) => path.join(dir, file)),
  );
  const sources = files.filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  const texts = sources.map((file) => readFileSync(file, 'utf8'));
  return new Set(texts.flatMap((text) => [...text.matchAll(/'(allora_[a-z_]+)'/g)].map(([, name]) => name!)));
}

describe('the alerts of the ledger', () => {
  it('ask for metrics that there are', () => {
    const metrics = made();
    expect(named.length).toBeGreaterThanOrEqual(6);
    expect(named.filter((name) => !metrics.has(name))).toEqual([]);
  });

  it('tell of a full queue before it is', () => {
    const limit = Number(/inflight_commands > (\d+)/.exec(rules)?.[1]);
    const { maxInflightCommands } = rewardsConfig.shape;
    expect(limit).toBe(0.8 * Number(maxInflightCommands.parse(undefined)));
  });
});
