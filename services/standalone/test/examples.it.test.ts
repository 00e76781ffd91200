import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, it } from 'vitest';
import { openMarketFile } from '../demo/market-file';
import { runDemo } from '../demo/run-demo';
import { startTestNetwork, type TestNetwork } from './runner-network';

const root = path.resolve(import.meta.dirname, '../../..');
const EPOCHS = 6;
const EPOCH_MS = 2_000;

let network: TestNetwork;
let folder: string;
let modelPort: number;
const stop = new AbortController();
let demo: Promise<unknown>;
const started: ChildProcess[] = [];

/** Lines of the first block of a README that a shell is to run. */
function shellLines(readme: string): string {
  const block = /```sh\n([^]*?)```/.exec(readFileSync(path.join(root, readme), 'utf8'))?.[1];
  if (!block) throw new Error(`${readme} has no shell block`);
  return block;
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

/** As a fresh clone: nothing that the examples write stays in this one. What would install is left out of the command. */
function cloneInto(place: string): void {
  const { scripts, ...manifest } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const allora = scripts['allora']!.replace('node deploy/bootstrap.mjs ', '');
  writeFileSync(path.join(place, 'package.json'), JSON.stringify({ ...manifest, scripts: { allora } }));
  for (const shared of ['node_modules', 'libs'])
    symlinkSync(path.join(root, shared), path.join(place, shared));
  cpSync(path.join(root, 'examples'), path.join(place, 'examples'), { recursive: true });
  const server = path.join(place, 'examples/http-worker/config.json');
  writeFileSync(server, readFileSync(server, 'utf8').replace(':8000', `:${modelPort}`));
}

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'allora-examples-'));
  modelPort = await freePort();
  cloneInto(folder);
  mkdirSync(path.join(folder, '.allora'));
  network = await startTestNetwork();
  const live = { epochMs: EPOCH_MS, signal: stop.signal };
  await new Promise((resolve, reject) => {
    demo = runDemo({
      ...{ client: network.client, epochs: EPOCHS, seed: '1', live, onSummary: resolve },
      onDay: openMarketFile(path.join(folder, '.allora/market.csv')),
    });
    demo.catch(reject);
  });
});

afterAll(async () => {
  for (const { pid, exitCode, signalCode } of started)
    if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, 'SIGKILL');
  stop.abort();
  await demo;
  await network?.close();
  rmSync(folder, { recursive: true });
});

/** Runs what the two READMEs say as its user would, with a home of its own; ends it as Ctrl-C does when the text is there. */
function follow(example: string, until: RegExp): Promise<string> {
  const home = path.join(folder, `home-${example}`);
  mkdirSync(home);
  const script = shellLines('examples/README.md') + shellLines(`examples/${example}/README.md`);
  const child = spawn('sh', ['-ec', script], {
    cwd: folder,
    detached: true,
    env: {
      ...{ PATH: process.env['PATH'], HOME: home, NO_COLOR: '1', PORT: String(modelPort) },
      ...{ ALLORA_URL: network.url, TSX_TSCONFIG_PATH: path.join(root, 'tsconfig.json') },
    },
  });
  started.push(child);
  return new Promise((resolve, reject) => {
    let [said, done] = ['', false];
    const hear = (chunk: Buffer): void => {
      said += String(chunk);
      if (done || !until.test(said)) return;
      done = true;
      process.kill(-child.pid!, 'SIGINT');
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.on('close', () => (done ? resolve(said) : reject(new Error(`it ended:\n${said}`))));
  });
}

const paid =
  /accepted[^]*epoch (\d+): in the set[^]*epoch \1: scored [^]*earned [\d.]+ (ALLO|uallo) for epoch \1\n/;

const inPython = ['python-worker', 'http-worker'];
const hasPython = spawnSync('python3', ['--version']).status === 0;

it.concurrent.for([...inPython, 'onnx-worker', 'typescript-forecaster', 'csv-reputer'])(
  '%s is paid for what its README says',
  async (example, { expect, skip }) => {
    skip(inPython.includes(example) && !hasPython, 'python3 is not installed here');
    const said = await follow(example, paid);
    expect(said).toMatch(/topic 1: [1-9]\d* windows answered, .* earned/);
  },
);
