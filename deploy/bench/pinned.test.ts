import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { NODE } from './pinned';

const root = path.resolve(import.meta.dirname, '../..');
const flagsIn = (file: string, line: RegExp) =>
  [...readFileSync(path.join(root, file), 'utf8').matchAll(line)].map(([, args]) =>
    args!
      .split(/[\s,"[\]]+/)
      .filter((arg) => arg.startsWith('--'))
      .filter((arg) => arg !== '--enable-source-maps'),
  );

it('starts what is measured as image and chart start it', () => {
  const flags = NODE.slice(1);
  expect(flags).not.toEqual([]);
  expect(flagsIn('deploy/Dockerfile', /^CMD (.*image\/start\.mjs.*)$/gm)).toEqual([flags]);
  expect(flagsIn('helm/allora/templates/deployments.yaml', /^ +args: (.*)$/gm)).toEqual([flags]);
});
