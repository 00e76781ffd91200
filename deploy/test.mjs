#!/usr/bin/env node
// npm test: everything, in the order in which a mistake is cheapest to hear of. Called through deploy/bootstrap.mjs, which
// has installed, generated and built. `npm test -- PLACE` runs the tests of one place only.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const bin = (name) => path.join(root, 'node_modules/.bin', name);
const contracts = path.join(root, 'libs/contracts');
const began = Date.now();
const seconds = (since) => ((Date.now() - since) / 1000).toFixed(1);

class StepFailed extends Error {}

function run(command, args, { env = {}, cwd = root, stdout = 'inherit' } = {}) {
  return spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', stdout, 'inherit'],
    env: { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false', ...env },
  });
}

function step(label, command, args, options) {
  const started = Date.now();
  console.log(`\n— ${label}`);
  const done = run(command, args, options);
  if (done.status !== 0) throw new StepFailed(`${label}: failed after ${seconds(started)} s`);
  console.log(`  ${label}: ${seconds(started)} s`);
  return done.stdout ?? '';
}

const stack = (verb, options) => [bin('tsx'), ['deploy/stack/main.ts', verb], options];

function checkSources() {
  step('format', bin('prettier'), ['--check', '--log-level=warn', '.']);
  step('lint', bin('nx'), [
    'run-many',
    '-t',
    'lint',
    '--parallel=2',
    '--output-style=stream-without-prefixes',
  ]);
  step('types', bin('tsc'), ['--noEmit']);
  step('contracts: lint', bin('buf'), ['lint'], { cwd: contracts });
  step('contracts: breaking changes', bin('buf'), ['breaking', '--against', 'released.binpb'], {
    cwd: contracts,
  });
}

function runTests(only) {
  const printed = step('stack: PostgreSQL, Kafka, Redis', ...stack('up', { stdout: 'pipe' }));
  const addresses = Object.fromEntries(
    [...printed.matchAll(/^(DATABASE_URL|KAFKA_BROKERS|REDIS_URL)=(.+)$/gm)].map(([, name, value]) => [
      name,
      value.trim(),
    ]),
  );
  const folder = mkdtempSync(path.join(os.tmpdir(), 'allora-tests-'));
  const report = path.join(folder, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  try {
    step('tests', bin('vitest'), ['run', ...reporters, ...only], { env: addresses });
    const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8'));
    console.log(`\ntests: ${numPassedTests} passed, ${numFailedTests} failed`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const only = process.argv.slice(2);
// A developer's running stack is left running; one that these tests started is stopped again.
const wasUp = run(...stack('status', { stdout: 'ignore' })).status === 0;
try {
  if (only.length === 0) checkSources();
  runTests(only);
  console.log(`All passed in ${seconds(began)} s.`);
} catch (error) {
  if (!(error instanceof StepFailed)) throw error;
  console.error(`\n${error.message} (${seconds(began)} s in all)`);
  process.exitCode = 1;
} finally {
  if (!wasUp) run(...stack('down', { stdout: 'ignore' }));
}
