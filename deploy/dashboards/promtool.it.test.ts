import { readdirSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { run } from '../stack/programs';
import { requirePromtool } from '../tools/prometheus';
import { alertsFolder, allRules } from './rules';

let promtool: string;
const yamlIn = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.yml'))
    .map((name) => path.join(folder, name));

beforeAll(async () => {
  promtool = await requirePromtool((line) => console.log(line));
}, 300_000);

it('reads every rule', async () => {
  const printed = await run(promtool, ['check', 'rules', ...yamlIn(alertsFolder)]);
  const found = [...printed.matchAll(/SUCCESS: (\d+) rules found/g)].map(([, count]) => Number(count));
  expect(found.reduce((sum, count) => sum + count, 0)).toBe(allRules().length);
});

it('sees the alerts fire where they have to, and nowhere else', async () => {
  const tests = yamlIn(path.join(alertsFolder, 'tests'));
  expect(tests).toHaveLength(yamlIn(alertsFolder).length);
  const printed = await run(promtool, ['test', 'rules', ...tests]);
  expect(printed.match(/SUCCESS/g)).toHaveLength(tests.length);
});
