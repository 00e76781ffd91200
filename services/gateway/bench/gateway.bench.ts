// The latest inference out of a gateway that has one core, beside an empty Fastify on the same core in the same run; and what
// idle readers of its stream cost, and when they are told.
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { deleteTopicsOf } from '@allora/bus/kafka-admin';
import { createTestDatabase } from '@allora/store/testing';
import { leaveMeasuredCore, NODE, type Pinned, startPinned } from '../../../deploy/bench/pinned';
import { ensureStack } from '../../../deploy/stack/stack';
import { getAgainAndAgain, type Load } from './http-load';
import { Network } from './network';
import { Served } from './served';
import { SUBSCRIBERS, streamsOf } from './streams';

const root = path.resolve(import.meta.dirname, '../../..');
const json = process.argv.includes('--json');
const CONNECTIONS = [1, 32, 256];
const ROUNDS = 7;
const ROUND_MS = 1_500;
const MAX_IDLE_MB = 60;
const MAX_DELAY_MS = 50;

const say = (text: string) => json || process.stderr.write(`${text}\n`);
const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

interface Line {
  readonly case: string;
  readonly value: number;
  readonly unit: string;
  readonly reference: string;
  readonly ratio: number;
}

function print(line: Line): void {
  const [value, ratio] = [line.value, line.ratio].map((number) => Number(number.toPrecision(4)));
  if (json) console.log(JSON.stringify({ name: 'gateway', ...line, value, ratio }));
  else
    console.log(
      `${line.case.padEnd(52)} ${String(value).padStart(9)} ${line.unit.padEnd(3)} ${ratio} x ${line.reference}`,
    );
}

interface Door {
  readonly url: string;
  readonly process: Pinned;
}

interface Measured extends Load {
  /** Processor time of one request, in microseconds. */
  readonly cpuMicros: number;
}

async function measure({ url, process: server }: Door, connections: number, durationMs: number) {
  const before = server.cpuSeconds();
  const load = await getAgainAndAgain({ url, connections, durationMs });
  const requests = (load.perSecond * durationMs) / 1_000;
  return { ...load, cpuMicros: ((server.cpuSeconds() - before) * 1e6) / requests };
}

/** Turn about, so that what else the machine does meets both alike. */
async function compare(served: Door, empty: Door, connections: number): Promise<void> {
  const all: { served: Measured; empty: Measured }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const one = await measure(round % 2 ? empty : served, connections, ROUND_MS);
    const other = await measure(round % 2 ? served : empty, connections, ROUND_MS);
    all.push(round % 2 ? { empty: one, served: other } : { served: one, empty: other });
  }
  const typical = (door: 'served' | 'empty', field: keyof Measured) =>
    median(all.map((round) => round[door][field]));
  const title = `GET latest inference, ${connections} connection${connections > 1 ? 's' : ''}`;
  const reference = 'an empty Fastify GET';
  const ofPair = (field: keyof Measured) => median(all.map((pair) => pair.served[field] / pair.empty[field]));
  print({
    case: title,
    value: typical('empty', 'perSecond'),
    unit: '/s',
    reference: 'itself, empty',
    ratio: 1,
  });
  print({
    case: title,
    value: typical('served', 'perSecond'),
    unit: '/s',
    reference,
    ratio: ofPair('perSecond'),
  });
  print({
    case: `${title}, p99`,
    value: typical('served', 'p99'),
    unit: 'ms',
    reference,
    ratio: ofPair('p99'),
  });
  const cpu = { value: typical('served', 'cpuMicros'), ratio: ofPair('cpuMicros') };
  print({ case: `${title}, processor time`, ...cpu, unit: 'us', reference });
}

async function startEmpty(served: Served): Promise<Door> {
  const answer = await served.firstAnswer();
  say(`an answer of ${answer.bytes} bytes and ${Object.keys(answer.headers).length} headers of its own`);
  const program = path.join(import.meta.dirname, 'empty.ts');
  const given = JSON.stringify({ path: served.path, ...answer });
  const process = startPinned([
    ...NODE,
    '--import',
    path.join(root, 'node_modules/tsx/dist/esm/index.mjs'),
    program,
    given,
  ]);
  return { process, url: `${await process.line()}${served.path}` };
}

await leaveMeasuredCore();
const { kafkaBrokers, redisUrl } = await ensureStack();
const test = await createTestDatabase();
const given = {
  ...{ databaseUrl: test.url, kafkaBrokers, redisUrl },
  topicPrefix: `bench-${randomBytes(4).toString('hex')}.`,
};
const served = Served.start(given);
const network = Network.open(given);
let empty: Door | undefined;

try {
  await served.ready();
  await network.tellTopic();
  await network.tellEpoch(() => 0);
  empty = await startEmpty(served);
  // First, in a process that has not grown yet: what readers need would fit into what a load has left behind.
  say(`${SUBSCRIBERS} readers of the stream`);
  const { residentMb, heldMb, delay } = await streamsOf(served, network);
  const title = `${SUBSCRIBERS} idle stream readers`;
  const limit = { reference: `the limit of ${MAX_IDLE_MB} MB`, unit: 'MB' };
  print({ ...limit, case: `${title}, resident memory`, value: residentMb, ratio: residentMb / MAX_IDLE_MB });
  print({ ...limit, case: `${title}, heap and buffers`, value: heldMb, ratio: heldMb / MAX_IDLE_MB });
  const time = { reference: `the limit of ${MAX_DELAY_MS} ms`, unit: 'ms' };
  print({ ...time, case: `${title}, told after, p50`, value: delay.p50, ratio: delay.p50 / MAX_DELAY_MS });
  print({ ...time, case: `${title}, told after, p99`, value: delay.p99, ratio: delay.p99 / MAX_DELAY_MS });
  say('warming up');
  for (const door of [served, empty]) await measure(door, 32, 3_000);
  for (const connections of CONNECTIONS) {
    say(`${connections} connections`);
    await compare(served, empty, connections);
  }
} finally {
  await Promise.all([served.process.stop(), empty?.process.stop(), network.close()]);
  await test.drop();
  await deleteTopicsOf(kafkaBrokers.split(','), given.topicPrefix);
}
