#!/usr/bin/env node
// The steps of an image, which deploy/Dockerfile calls and a test plays without Docker:
//   node deploy/image/steps.mjs install          every package, as locked
//   node deploy/image/steps.mjs build            dist/, from nothing
//   node deploy/image/steps.mjs prune FOLDER [services | demo]   into FOLDER what these need and no more, with the list of what that is
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { packagesOf } from './packages.mjs';

const root = path.resolve(import.meta.dirname, '../..');
const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));

function run(command, args, { cwd = root, quiet = false } = {}) {
  const done = spawnSync(command, args, {
    cwd,
    stdio: ['ignore', quiet ? 'pipe' : 'inherit', 'inherit'],
    encoding: 'utf8',
    maxBuffer: 256 * 2 ** 20,
  });
  if (done.error) throw done.error;
  if (done.status !== 0) throw new Error(`${command} ${args.join(' ')}: exit code ${done.status}`);
  return done.stdout;
}

// No package needs its install script: what they would build or fetch comes ready in the packages.
const quietly = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
// Optional ones are the embedded PostgreSQL of a developer's machine; a container is given DATABASE_URL.
const leaner = ['--omit=dev', '--omit=optional'];

const services = () => readdirSync(path.join(root, 'services')).filter((name) => name !== 'standalone');

function install() {
  run('npm', ['ci', ...quietly]);
}

function build() {
  rmSync(path.join(root, 'dist'), { recursive: true, force: true });
  run(process.execPath, ['deploy/generate.mjs']);
  run(path.join(root, 'node_modules/.bin/rolldown'), ['-c']);
}

/** What an image starts. Workers are threads that several of them start by name. */
const contents = {
  services: () => [...services().map((name) => `services/${name}/main.js`), 'prepare/main.js', ...workers()],
  demo: () => ['demo/main.js', ...workers()],
};
const workers = () =>
  readdirSync(path.join(root, 'dist/workers'))
    .filter((name) => name.endsWith('.js'))
    .map((name) => `workers/${name}`);

/** The files and packages that the entries reach; what others need stays behind. */
function prune(target, content = 'services') {
  if (!Object.hasOwn(contents, content))
    throw new Error(`"${content}" is not one of ${Object.keys(contents)}`);
  const entries = contents[content]().map((file) => path.join(root, 'dist', file));
  const manifest = readJson(path.join(root, 'package.json'));
  const { files, packages } = packagesOf(entries, Object.keys(manifest.dependencies));
  mkdirSync(target, { recursive: true });
  const copy = (file) => cpSync(path.join(root, file), path.join(target, file), { recursive: true });
  for (const file of files) for (const part of [file, `${file}.map`]) copy(path.relative(root, part));
  for (const file of ['prisma/migrations', 'package-lock.json', 'LICENSE']) copy(file);
  for (const name of ['start.mjs', 'ask.mjs']) {
    cpSync(path.join(root, 'deploy/image', name), path.join(target, 'image', name));
  }
  const dependencies = Object.fromEntries(packages.map((name) => [name, manifest.dependencies[name]]));
  const { name, version, license, type, engines } = manifest;
  const leanest = { name, version, private: true, license, type, engines, dependencies };
  writeFileSync(path.join(target, 'package.json'), `${JSON.stringify(leanest, null, 2)}\n`);
  run('npm', ['install', ...leaner, ...quietly, '--prefer-offline'], { cwd: target });
  holdToLock(target);
  const bill = run('npm', ['sbom', ...leaner, '--sbom-format=cyclonedx'], { cwd: target, quiet: true });
  writeFileSync(path.join(target, 'sbom.cdx.json'), bill);
}

const locked = (lock) =>
  Object.entries(lock.packages)
    .filter(([place]) => place !== '')
    .map(
      ([place, { version, integrity }]) => `${place.split('node_modules/').at(-1)}@${version} ${integrity}`,
    );

/** What was installed is byte for byte what the lock of the whole house names. */
function holdToLock(target) {
  const known = new Set(locked(readJson(path.join(root, 'package-lock.json'))));
  const strange = locked(readJson(path.join(target, 'node_modules/.package-lock.json'))).filter(
    (line) => !known.has(line),
  );
  if (strange.length > 0) throw new Error(`not as locked: ${strange.join(', ')}`);
}

const steps = { install, build, prune };
const [step = '', target, content] = process.argv.slice(2);
if (!Object.hasOwn(steps, step) || (step === 'prune') !== (target !== undefined)) {
  process.stderr.write('Usage: steps install | build | prune FOLDER [services | demo]\n');
  process.exitCode = 2;
} else {
  try {
    steps[step](target === undefined ? undefined : path.resolve(target), content);
  } catch (error) {
    process.stderr.write(`${step}: ${error.message}\n`);
    process.exitCode = 1;
  }
}
