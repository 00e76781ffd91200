#!/usr/bin/env node
// Makes what is derived: the code that is not committed (`contracts` from .proto, `prisma` from the schema) and, on demand,
// two committed things: `events` (EVENTS.md) and `release` (the messages that later changes must not break).
import { spawnSync } from 'node:child_process';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const bin = (name) => path.join(root, 'node_modules/.bin', name);

const generators = {
  contracts: () => run(bin('buf'), ['generate'], { cwd: path.join(root, 'libs/contracts') }),
  // Prisma asks for a schema engine even where its generator needs none: any runnable file satisfies it.
  prisma: () => run(bin('prisma'), ['generate'], { env: { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath } }),
  events: () => run(bin('tsx'), ['libs/contracts/bin/events.ts']),
  release: () =>
    run(bin('buf'), ['build', '-o', 'released.binpb'], { cwd: path.join(root, 'libs/contracts') }),
};

function run(command, args, { cwd = root, env = {} } = {}) {
  const done = spawnSync(command, args, {
    cwd,
    stdio: 'inherit',
    env: { ...process.env, PATH: `${path.join(root, 'node_modules/.bin')}:${process.env.PATH}`, ...env },
  });
  if (done.status !== 0) process.exit(done.status || 1);
}

const chosen = process.argv.slice(2);
for (const name of chosen.length ? chosen : ['contracts', 'prisma']) {
  if (!(name in generators)) {
    console.error(`unknown generator "${name}"; there are: ${Object.keys(generators).join(', ')}`);
    process.exit(2);
  }
  generators[name]();
}
