#!/usr/bin/env node
// The first thing that runs on a fresh clone, with nothing but Node: installs and generates what is missing, then hands over.
//   node deploy/bootstrap.mjs [--build] [--] COMMAND [ARG ...]
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const stamps = path.join(root, 'node_modules', '.allora-stamps');

function requireNode(major, minor) {
  const [haveMajor, haveMinor] = process.versions.node.split('.').map(Number);
  if (haveMajor > major || (haveMajor === major && haveMinor >= minor)) return;
  console.error(`Node ${major}.${minor} or newer is needed, this is ${process.versions.node}.`);
  process.exit(1);
}

function filesUnder(place, filter) {
  const full = path.join(root, place);
  if (!existsSync(full)) return [];
  if (statSync(full).isFile()) return [full];
  return readdirSync(full, { recursive: true })
    .map((name) => path.join(full, name))
    .filter((file) => statSync(file).isFile() && filter(file))
    .sort();
}

function digest(places, filter = () => true) {
  const hash = createHash('sha256');
  for (const file of places.flatMap((place) => filesUnder(place, filter))) {
    hash.update(path.relative(root, file)).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

const isFresh = (step, hash, product) => {
  const stamp = path.join(stamps, step);
  return existsSync(path.join(root, product)) && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash;
};

/** Runs a step whose inputs changed since it last succeeded; its output is shown only when it fails. */
function ensure({ step, label, inputs, filter, product, command, env }) {
  const hash = digest(inputs, filter);
  if (isFresh(step, hash, product)) return;
  const started = Date.now();
  process.stderr.write(`· ${label} …`);
  const done = spawnSync(command[0], command.slice(1), {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, ...env },
    maxBuffer: 64 * 2 ** 20,
  });
  if (done.status !== 0) {
    process.stderr.write(` failed\n${done.stdout ?? ''}${done.stderr ?? ''}${done.error?.message ?? ''}\n`);
    process.exit(done.status || 1);
  }
  mkdirSync(stamps, { recursive: true });
  writeFileSync(path.join(stamps, step), hash);
  process.stderr.write(` ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
}

const bin = (name) => path.join(root, 'node_modules', '.bin', name);

function prepare({ build }) {
  requireNode(20, 19);
  ensure({
    step: 'install',
    label: 'installing packages',
    inputs: ['package.json', 'package-lock.json'],
    product: 'node_modules/.bin/tsx',
    command: ['npm', 'ci', '--no-fund', '--no-audit', '--loglevel=error'],
    // Prisma's own install step would download an engine that nothing here uses; a named one stops it.
    env: { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath },
  });
  ensure({
    step: 'contracts',
    label: 'generating messages from .proto',
    inputs: [
      'libs/contracts/proto',
      'libs/contracts/bin',
      'libs/contracts/buf.gen.yaml',
      'libs/contracts/buf.yaml',
    ],
    product: 'libs/contracts/src/gen/allora/bus/v1/envelope.ts',
    command: [process.execPath, path.join(root, 'deploy/generate.mjs'), 'contracts'],
  });
  ensure({
    step: 'prisma',
    label: 'generating the database client',
    inputs: ['prisma/schema'],
    product: 'libs/store/src/gen/prisma/client.ts',
    command: [process.execPath, path.join(root, 'deploy/generate.mjs'), 'prisma'],
  });
  if (!build) return;
  ensure({
    step: 'build',
    label: 'building the services',
    inputs: [
      'libs',
      'services',
      'deploy/prepare',
      'rolldown.config.mjs',
      'tsconfig.base.json',
      'package-lock.json',
    ],
    filter: (file) => !/\.test\.ts$|\/(test|bench|vectors)\//.test(file),
    product: 'dist/services/standalone/main.js',
    command: [bin('rolldown'), '-c'],
  });
}

const args = process.argv.slice(2);
const build = args[0] === '--build';
if (build) args.shift();
if (args[0] === '--') args.shift();
prepare({ build });
if (args.length > 0) {
  const [command, ...rest] = args;
  const local = bin(command);
  // Ctrl-C is also the program's: this waits for its last words.
  process.on('SIGINT', () => undefined);
  const child = spawnSync(command === 'node' ? process.execPath : existsSync(local) ? local : command, rest, {
    cwd: root,
    stdio: 'inherit',
  });
  process.exit(child.status ?? 1);
}
