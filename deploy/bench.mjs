#!/usr/bin/env node
// npm run bench -- NAME [--json]: runs the benchmark of that name, wherever in the house it lives.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const benches = new Map(
  ['libs', 'services'].flatMap((top) =>
    readdirSync(path.join(root, top)).flatMap((project) => {
      try {
        return readdirSync(path.join(root, top, project, 'bench'))
          .filter((file) => file.endsWith('.bench.ts'))
          .map((file) => [file.replace(/\.bench\.ts$/, ''), path.join(root, top, project, 'bench', file)]);
      } catch {
        return [];
      }
    }),
  ),
);

const [name, ...rest] = process.argv.slice(2);
if (!name || !benches.has(name)) {
  console.error(
    `usage: npm run bench -- NAME [--json]\nbenchmarks: ${[...benches.keys()].sort().join(', ')}`,
  );
  process.exit(name === '--help' ? 0 : 2);
}
const done = spawnSync(path.join(root, 'node_modules/.bin/tsx'), [benches.get(name), ...rest], {
  cwd: root,
  stdio: 'inherit',
});
process.exit(done.status ?? 1);
