#!/usr/bin/env node
// npm test: everything, the sources' checks side by side and then the tests. Called through deploy/bootstrap.mjs, which has
// installed, generated and built. `npm test -- PLACE` runs the tests of one place only.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const bin = (name) => path.join(root, 'node_modules/.bin', name);
const contracts = path.join(root, 'libs/contracts');
const began = Date.now();
const seconds = (since) => ((Date.now() - since) / 1000).toFixed(1);

class StepFailed extends Error {}

const settings = ({ env = {}, cwd = root } = {}) => ({
  cwd,
  env: {
    // Brokers of minutes do not live to see what compiling for hours costs them at their start.
    KAFKA_OPTS: '-XX:TieredStopAtLevel=1',
    ...process.env,
    NX_DAEMON: 'false',
    NX_TUI: 'false',
    ...env,
  },
});

function step(label, command, args, options) {
  const started = Date.now();
  console.log(`\n— ${label}`);
  const done = spawnSync(command, args, { ...settings(options), stdio: ['ignore', 'inherit', 'inherit'] });
  if (done.status !== 0) throw new StepFailed(`${label}: failed after ${seconds(started)} s`);
  console.log(`  ${label}: ${seconds(started)} s`);
}

/** Runs beside others, and says what it has to say when it is through. */
function stepBeside(label, command, args, options) {
  const started = Date.now();
  const child = spawn(command, args, { ...settings(options), stdio: ['ignore', 'pipe', 'pipe'] });
  const said = [];
  let printed = '';
  child.stdout.on('data', (data) => {
    said.push(data);
    printed += data;
  });
  child.stderr.on('data', (data) => said.push(data));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      const failed = code !== 0;
      console.log(`\n— ${label}`);
      if (failed) process.stdout.write(Buffer.concat(said));
      console.log(`  ${label}: ${failed ? 'failed after ' : ''}${seconds(started)} s`);
      if (failed) reject(new StepFailed(`${label}: failed after ${seconds(started)} s`));
      else resolve(printed);
    });
  });
}

const stack = (verb) => [bin('tsx'), ['deploy/stack/main.ts', verb]];

/** All projects in one process, which loads the rules once; whether imports go the right way they read in the project graph. */
async function lint() {
  await stepBeside('project graph', bin('nx'), ['show', 'projects']);
  await stepBeside('lint', bin('eslint'), ['--max-warnings', '0', '.']);
}

const checkSources = () => [
  stepBeside('format', bin('prettier'), ['--check', '--log-level=warn', '.']),
  lint(),
  stepBeside('types', bin('tsc'), ['--noEmit']),
  stepBeside('contracts: lint', bin('buf'), ['lint'], { cwd: contracts }),
  stepBeside('contracts: breaking changes', bin('buf'), ['breaking', '--against', 'released.binpb'], {
    cwd: contracts,
  }),
  // A minute of building where there is none yet: not on the time of the tests that need it.
  stepBeside('tools: helm', bin('tsx'), ['deploy/tools/main.ts', 'helm']),
];

/** Waits for all of them, also when one has failed: what is left running would be in the way of the next. */
async function allOf(steps) {
  const results = await Promise.allSettled(steps);
  const failures = results.filter(({ status }) => status === 'rejected').map(({ reason }) => reason);
  const bug = failures.find((reason) => !(reason instanceof StepFailed));
  if (bug) throw bug;
  if (failures.length > 0) throw new StepFailed(failures.map(({ message }) => message).join('; '));
  return results.map(({ value }) => value);
}

function runTests(only, printed) {
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
  } finally {
    if (existsSync(report)) {
      const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8'));
      console.log(`\ntests: ${numPassedTests} passed, ${numFailedTests} failed`);
    }
    rmSync(folder, { recursive: true });
  }
}

const only = process.argv.slice(2);
const quietly = ([command, args]) => spawnSync(command, args, { ...settings(), stdio: 'ignore' });
// A developer's running stack is left running; one that these tests started is stopped again.
const wasUp = quietly(stack('status')).status === 0;
try {
  const up = stepBeside('stack: PostgreSQL, Kafka, Redis', ...stack('up'));
  const [printed] = await allOf([up, ...(only.length === 0 ? checkSources() : [])]);
  runTests(only, printed);
  console.log(`All passed in ${seconds(began)} s.`);
} catch (error) {
  if (!(error instanceof StepFailed)) throw error;
  console.error(`\n${error.message} (${seconds(began)} s in all)`);
  process.exitCode = 1;
} finally {
  if (!wasUp) spawnSync(...stack('down'), { ...settings(), stdio: ['ignore', 'ignore', 'inherit'] });
}
