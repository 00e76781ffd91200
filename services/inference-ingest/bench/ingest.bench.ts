// Signed submissions a second through each way in, on one replica that has one core, beside its limits in the same run.
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { deleteTopicsOf } from '@allora/bus/kafka-admin';
import { createAccount } from '@allora/identity/account';
import { createTestDatabase } from '@allora/store/testing';
import pg from 'pg';
import { ensureStack } from '../../../deploy/stack/stack';
import { emptyPosts, inBulk, inStreams, type Load, singly } from './load';
import { leaveMeasuredCore, NODE, type Pinned, startPinned } from '../../../deploy/bench/pinned';
import { CHAIN_ID, type SignedInference, signedInferences, TOPIC_ID } from './submissions';

const root = path.resolve(import.meta.dirname, '../../..');
const json = process.argv.includes('--json');
const rounds = 3;
const durationMs = 4_000;
const accounts = Array.from({ length: 1_000 }, createAccount);
const tsx = path.join(root, 'node_modules/.bin/tsx');
const limits = path.join(import.meta.dirname, 'limits.ts');

const say = (text: string) => json || process.stderr.write(`${text}\n`);

let nextNonce = 1;
function fresh(count: number): SignedInference[] {
  const made = signedInferences(accounts, count, nextNonce);
  nextNonce += Math.ceil(count / accounts.length);
  return made;
}

async function rateOf(...program: string[]): Promise<number> {
  const child = startPinned([tsx, ...program]);
  const rate = Number(await child.line());
  await child.stop();
  return rate;
}

/** Payload, key and signature, in requests as large as the door's. */
const submissionBytes = ([one]: readonly SignedInference[]) => String(one!.payload.length + 33 + 64);
const rawProduce = (brokers: string) =>
  rateOf(path.join(root, 'libs/bus/bench/raw-produce.ts'), brokers, '512', submissionBytes(fresh(1)));

const topicPrefix = `bench-${randomBytes(4).toString('hex')}.`;

interface Replica {
  readonly process: Pinned;
  readonly httpUrl: string;
  readonly grpcAddress: string;
}

/** A built replica, whose tables already know the topic, the workers and all windows. */
async function startReplica(databaseUrl: string, kafkaBrokers: string): Promise<Replica> {
  const [httpPort, grpcPort] = [18_082, 19_082];
  const process = startPinned([...NODE, path.join(root, 'dist/services/inference-ingest/main.js')], {
    ...{ DATABASE_URL: databaseUrl, BUS: 'kafka', KAFKA_BROKERS: kafkaBrokers, CHAIN_ID },
    ...{ BUS_TOPIC_PREFIX: topicPrefix, KAFKA_PARTITIONS: '1' },
    ...{
      HTTP_PORT: String(httpPort),
      GRPC_PORT: String(grpcPort),
      LOG_LEVEL: 'error',
      VERIFY_THREADS: '0',
    },
    ...{ COORDINATOR_GRPC_ADDRESS: '127.0.0.1:1', NETWORK_KEY: '01'.repeat(32), LOG_FORMAT: 'json' },
  });
  const httpUrl = `http://127.0.0.1:${httpPort}`;
  for (;;) {
    const ready = await fetch(`${httpUrl}/health/ready`).catch(() => undefined);
    if (ready?.ok) return { process, httpUrl, grpcAddress: `127.0.0.1:${grpcPort}` };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function introduce(database: pg.Pool): Promise<void> {
  await database.query(`INSERT INTO inference_ingest.known_topics VALUES ($1, '{"allowNegative":true}')`, [
    TOPIC_ID,
  ]);
  await database.query(
    'INSERT INTO inference_ingest.known_registrations SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING',
    [TOPIC_ID, accounts.map(({ address }) => address)],
  );
  await database.query(
    `INSERT INTO inference_ingest.known_windows (topic_id, nonce, closes_height, stage)
     SELECT $1, nonce, 1000000, 0 FROM generate_series(1, 5000) AS nonce`,
    [TOPIC_ID],
  );
}

/** Read back from the log and in its table. */
async function storedRows(database: pg.Pool): Promise<number> {
  const { rows } = await database.query<{ count: string }>(
    'SELECT count(*) FROM inference_ingest.submissions',
  );
  return Number(rows[0]!.count);
}

interface Measured extends Load {
  readonly cpuMicros: number;
  /** Of those accepted, how many were also read back and stored by the end of the load. */
  readonly storedShare: number;
}

const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

function typical(all: readonly Measured[]): Measured {
  const of = (field: keyof Measured) => median(all.map((one) => one[field]));
  return {
    ...{ perSecond: of('perSecond'), p50: of('p50'), p99: of('p99') },
    ...{ cpuMicros: of('cpuMicros'), storedShare: of('storedShare') },
  };
}

function print(line: Record<string, string | number>): void {
  const rounded = Object.fromEntries(
    Object.entries(line).map(([key, value]) => [
      key,
      typeof value === 'number' ? Number(value.toPrecision(4)) : value,
    ]),
  );
  if (json) console.log(JSON.stringify(rounded));
  else
    console.log(
      `${String(line['case']).padEnd(34)} ${String(rounded['value']).padStart(9)} ${String(line['unit']).padEnd(4)} ` +
        (line['reference'] ? `${rounded['ratio']} x ${line['reference']}` : ''),
    );
}

await leaveMeasuredCore();
const { kafkaBrokers } = await ensureStack({ parts: ['kafka', 'postgres'] });
const test = await createTestDatabase();
const database = new pg.Pool({ connectionString: test.url, max: 1 });
await introduce(database);
const replica = await startReplica(test.url, kafkaBrokers);
const empty = startPinned([tsx, limits, 'post']);
const emptyUrl = `${await empty.line()}/empty`;

const measured = { single: [] as Measured[], bulk: [] as Measured[], stream: [] as Measured[] };
const reference = { verify: [] as number[], produce: [] as number[], post: [] as number[] };

async function measure(load: Promise<Load>, into: Measured[] | undefined): Promise<void> {
  const before = {
    cpu: replica.process.cpuSeconds(),
    stored: await storedRows(database),
    at: performance.now(),
  };
  const result = await load;
  const seconds = (performance.now() - before.at) / 1_000;
  const accepted = result.perSecond * seconds;
  const stored = (await storedRows(database)) - before.stored;
  const cpuMicros = ((replica.process.cpuSeconds() - before.cpu) * 1e6) / accepted;
  into?.push({ ...result, cpuMicros, storedShare: Math.min(1, stored / accepted) });
  // What is left to read back is not to burden the next one.
  for (let rows = -1; rows !== (rows = await storedRows(database));)
    await new Promise((resolve) => setTimeout(resolve, 300));
}

try {
  say('warming up');
  await measure(singly(replica.httpUrl, 1_500, fresh(16_000)), undefined);
  await measure(inBulk(replica.httpUrl, 1_500, fresh(32_000)), undefined);
  await measure(inStreams(replica.grpcAddress, 1_500, fresh(32_000)), undefined);
  await emptyPosts(emptyUrl, 1_500, fresh(1_000));
  for (let round = 1; round <= rounds; round++) {
    say(`round ${round} of ${rounds}`);
    reference.verify.push(await rateOf(limits, 'verify'));
    reference.produce.push(await rawProduce(kafkaBrokers));
    reference.post.push((await emptyPosts(emptyUrl, 2_000, fresh(1_000))).perSecond);
    await measure(singly(replica.httpUrl, durationMs, fresh(40_000)), measured.single);
    await measure(inBulk(replica.httpUrl, durationMs, fresh(80_000)), measured.bulk);
    await measure(inStreams(replica.grpcAddress, durationMs, fresh(80_000)), measured.stream);
  }
} finally {
  await Promise.all([replica.process.stop(), empty.stop()]);
  await database.end();
  await test.drop();
  await deleteTopicsOf(kafkaBrokers.split(','), topicPrefix);
}

const verify = { name: 'raw signature verification', rate: median(reference.verify) };
const produce = { name: 'raw kafkajs produce, acks=all', rate: median(reference.produce) };
const post = { name: 'empty Nest+Fastify POST', rate: median(reference.post) };
/** What a core could do at best that answers an empty POST and checks a signature, and nothing else. */
const postAndVerify = {
  name: 'an empty POST and a verification, one after the other',
  rate: 1 / (1 / post.rate + 1 / verify.rate),
};
const lower = verify.rate < produce.rate ? verify : produce;
for (const limit of [verify, produce, post, postAndVerify])
  print({ name: 'ingest', case: limit.name, value: limit.rate, unit: '/s', reference: '', ratio: 1 });
for (const [way, against] of [
  ['single', post],
  ['bulk', lower],
  ['stream', lower],
] as const) {
  const { perSecond, p50, p99, cpuMicros, storedShare } = typical(measured[way]);
  const title = { single: 'REST single', bulk: 'REST bulk', stream: 'gRPC stream' }[way];
  const line = { name: 'ingest', reference: against.name };
  print({ ...line, case: title, value: perSecond, unit: '/s', ratio: perSecond / against.rate });
  if (way === 'single') {
    const { name, rate } = postAndVerify;
    print({ ...line, case: title, value: perSecond, unit: '/s', reference: name, ratio: perSecond / rate });
  }
  const latency = { name: 'ingest', unit: 'ms', reference: '', ratio: 1 };
  print({ ...latency, case: `${title}, p50${way === 'bulk' ? ' of 1,000' : ''}`, value: p50 });
  print({ ...latency, case: `${title}, p99${way === 'bulk' ? ' of 1,000' : ''}`, value: p99 });
  print({ ...latency, case: `${title}, processor time of one`, value: cpuMicros, unit: 'us' });
  print({ ...latency, case: `${title}, stored by the end`, value: storedShare, unit: '' });
}
