#!/usr/bin/env node
// npm test: everything, in the order in which a mistake is cheapest to hear of. Called through deploy/bootstrap.mjs, which
// has installed, generated and built.
import { spawnSync } from 'node:child_process';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const bin = (name) => path.join(root, 'node_modules/.bin', name);
const began = Date.now();
const seconds = (since) => ((Date.now() - since) / 1000).toFixed(1);

function step(label, command, args, { env = {}, cwd = root, capture = false } = {}) {
  const started = Date.now();
  console.log(`\n— ${label}`);
  const done = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', capture ? 'pipe' : 'inherit', 'inherit'],
    env: { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false', ...env },
  });
  if (done.status !== 0) {
    console.error(`\n${label}: failed after ${seconds(started)} s (${seconds(began)} s in all)`);
    process.exit(done.status || 1);
  }
  console.log(`  ${label}: ${seconds(started)} s`);
  return done.stdout ?? '';
}

const only = process.argv.slice(2);

if (only.length === 0) {
  step('format', bin('prettier'), ['--check', '--log-level=warn', '.']);
  step('lint', bin('nx'), [
    'run-many',
    '-t',
    'lint',
    '--parallel=2',
    '--output-style=stream-without-prefixes',
  ]);
  step('types', bin('tsc'), ['--noEmit']);
  step('contracts: lint', bin('buf'), ['lint'], { cwd: path.join(root, 'libs/contracts') });
  step('contracts: breaking changes', bin('buf'), ['breaking', '--against', 'released.binpb'], {
    cwd: path.join(root, 'libs/contracts'),
  });
}
const stack = step('stack: PostgreSQL, Kafka, Redis', bin('tsx'), ['deploy/stack/main.ts', 'up'], {
  capture: true,
});
const addresses = Object.fromEntries(
  stack
    .split('\n')
    .map((line) => /^(DATABASE_URL|KAFKA_BROKERS|REDIS_URL)=(.+)$/.exec(line.trim()))
    .filter(Boolean)
    .map(([, name, value]) => [name, value]),
);
step('tests', bin('vitest'), ['run', ...only], { env: addresses });
console.log(`\nAll passed in ${seconds(began)} s.`);
