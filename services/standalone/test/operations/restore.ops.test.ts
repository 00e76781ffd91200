import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { accountFromKey } from '@allora/identity/account';
import { hexOf } from '@allora/identity/hex';
import { createClient, type AlloraClient } from '@allora/sdk/client';
import { verifyReceipt } from '@allora/sdk/receipt';
import type { Receipt } from '@allora/sdk/types';
import pg from 'pg';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { runAdmin } from '../../../../deploy/admin/command';
import { planNetworkKey } from '../../../../deploy/admin/network-key';
import { restoreBackup, takeBackup, type BackupSettings } from '../../../../deploy/backup/backup';
import type { DistributedParts } from '../../demo/network';
import { stablePorts } from '../../demo/ports';
import { runDemo } from '../../demo/run-demo';
import { startServiceProcess } from '../../demo/service-process';
import { topicParams } from '../../demo/set-up';
import { onServer, Stage } from './stage';

const EPOCHS = 8;
const EPOCHS_IN_THE_DUMP = 3;
const CHAIN_ID = 'allora-local-1';

const stage = new Stage();
afterAll(() => stage.close(), 60_000);

/** All services in one process, on Kafka: what they keep and read is the same as in seven. */
async function startNetwork(parts: DistributedParts, name: string, keys: Readonly<Record<string, string>>) {
  const { dir } = stage.currentRelease();
  const [httpPort, grpcPort] = await stablePorts(2);
  const dataDir = path.join(stage.dir, name);
  mkdirSync(dataDir, { recursive: true });
  const running = startServiceProcess({
    name,
    entry: path.join(dir, 'dist/services/standalone/main.js'),
    cwd: dir,
    httpPort: httpPort!,
    logFile: path.join(stage.dir, `${name}.log`),
    env: {
      BUS: 'kafka',
      CLOCK: 'manual',
      FAUCET: 'open',
      LOG_FORMAT: 'json',
      HTTP_HOST: '127.0.0.1',
      GRPC_HOST: '127.0.0.1',
      GRPC_PORT: String(grpcPort),
      DATA_DIR: dataDir,
      DATABASE_URL: parts.databaseUrl,
      DATABASE_POOL_SIZE: '30',
      KAFKA_BROKERS: parts.kafkaBrokers,
      BUS_TOPIC_PREFIX: parts.busTopicPrefix,
      // What is proven is that it comes to the same, and not how soon on a busy machine.
      BLOCK_PATIENCE_MS: '600000',
      ...keys,
    },
  });
  stage.onClose(() => running.stop());
  await running.ready(120_000);
  const client = createClient({ baseUrl: running.httpUrl, chainId: CHAIN_ID });
  return { client, url: running.httpUrl, stop: () => running.stop() };
}

const settingsOf = ({ databaseUrl, kafkaBrokers, busTopicPrefix }: DistributedParts): BackupSettings => ({
  databaseUrl,
  log: { brokers: [kafkaBrokers], prefix: busTopicPrefix },
  replicationFactor: 1,
});

/** What must be the same again: everything that was decided, to the bit and to the last uallo. */
const decided = {
  accounts: `SELECT name, balance_uallo::text AS uallo FROM rewards.accounts ORDER BY 1`,
  postings: `SELECT t.key, t.kind, p.line, p.account_name, p.amount_uallo::text AS uallo
    FROM rewards.transfers t JOIN rewards.postings p ON p.transfer_id = t.id ORDER BY 1, 2, 3`,
  inferences: `SELECT topic_id, nonce, encode(message, 'hex') AS inference, encode(regrets, 'hex') AS regrets
    FROM synthesis.network_inferences ORDER BY 1, 2`,
  told: `SELECT topic_id, nonce, kind, encode(sha256(message), 'hex') AS hash FROM gateway.epoch_facts ORDER BY 1, 2, 3`,
  submissions: `SELECT topic_id, nonce, author, encode(hash, 'hex') AS hash, late FROM inference_ingest.submissions ORDER BY 1, 2, 3, 4`,
} as const;

async function decisions(databaseUrl: string): Promise<Record<keyof typeof decided, unknown[]>> {
  const entries: [string, unknown[]][] = [];
  for (const [name, sql] of Object.entries(decided)) entries.push([name, await rowsOf(databaseUrl, sql)]);
  return Object.fromEntries(entries) as Record<keyof typeof decided, unknown[]>;
}

async function rowsOf(databaseUrl: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query(sql)).rows as unknown[];
  } finally {
    await client.end();
  }
}

const formerKey = { NETWORK_KEY: 'ab'.repeat(32) };
const formerPublicKey = hexOf(accountFromKey(Buffer.from(formerKey.NETWORK_KEY, 'hex')).publicKey);
const { steps } = planNetworkKey({
  present: formerPublicKey,
  startsAt: new Date(),
  overlapMs: 3_600_000,
});
const nextKey = steps.at(-1)!.settings;

describe('a back-up', () => {
  const receipts: Receipt[] = [];
  let found: DistributedParts;
  let after: Awaited<ReturnType<typeof startNetwork>>;
  let topicId = 0;
  let firstNonce = 0;

  it('older than the log, restored beside it, comes to the same ledger and the same inferences', async () => {
    stage.keepLogsOfFailure();
    const lost = await stage.parts();
    const before = await startNetwork(lost, 'before', formerKey);
    const dir = path.join(stage.dir, 'backup');
    let dump: Promise<unknown> | undefined;
    let height = 0;
    await runDemo({
      client: noting(before.client, { height: (at) => (height = at), receipt: (one) => receipts.push(one) }),
      epochs: EPOCHS,
      seed: 'backup',
      onTopic: (id) => (topicId = id),
      onEpoch: ({ epoch }) => {
        // While the network goes on, and decides the rest.
        if (epoch === EPOCHS_IN_THE_DUMP)
          dump = takeBackup(settingsOf(lost), { dir, database: true, log: false });
      },
    });
    await dump;
    const wanted = await vi.waitFor(() => settled(lost.databaseUrl, height), {
      timeout: 30_000,
      interval: 300,
    });
    await before.stop();
    await takeBackup(settingsOf(lost), { dir, database: false, log: true });

    found = await stage.parts();
    expect(await restoreBackup(settingsOf(found), { dir, database: true, log: true })).toEqual([
      expect.stringMatching(/^log: [1-9]\d* records$/),
      expect.stringMatching(/^database: [1-9]\d* rows$/),
      expect.stringMatching(/^groups: /),
    ]);
    const inDump = await decisions(found.databaseUrl);
    expect(inDump.told.length).toBeGreaterThan(0);
    expect(inDump.told.length).toBeLessThan(wanted.told.length);

    firstNonce = Number((wanted.inferences[0] as { nonce: string }).nonce);
    after = await startNetwork(found, 'after', nextKey);
    await after.client.advanceClock(height);
    await vi.waitFor(async () => expect(await settled(found.databaseUrl, height)).toEqual(wanted), {
      timeout: 60_000,
      interval: 500,
    });
    await goesOn(after.client, topicId, height);
  }, 120_000);

  it('has receipts that another key of the network has signed', async () => {
    const network = await after.client.network();
    expect(network.networkPublicKey).not.toBe(formerPublicKey);
    expect(receipts.length).toBeGreaterThan(0);
    expect(receipts.every((receipt) => verifyReceipt(receipt, network))).toBe(true);
  });

  it('is verified epoch by epoch, and a changed bit is found', async () => {
    const nonces = (await decisions(found.databaseUrl)).inferences.map((row) =>
      Number((row as { nonce: string }).nonce),
    );
    const verify = (nonce: number) =>
      admin('epochs', 'verify', String(topicId), String(nonce), '--url', after.url);
    for (const nonce of nonces.slice(0, EPOCHS)) expect(await verify(nonce)).toMatchObject({ exitCode: 0 });
    const changed = nonces[EPOCHS - 2]!;
    const statement = `UPDATE rewards.settled_epochs SET state = jsonb_set(state, '{scoreRatio}', '0.5')
      WHERE topic_id = ${topicId} AND nonce = ${changed}`;
    await onServer(found.databaseUrl, statement);
    const { exitCode, out } = await verify(changed);
    expect(exitCode).toBe(3);
    expect(out).toContain('NOT what it was');
  }, 60_000);

  it('shows what operators did, and has a topic paused and going on, and an unpaid epoch asked again', async () => {
    const at = ['--url', after.url];
    expect((await admin('topics', 'pause', String(topicId), ...at)).out).toContain('no epoch opens');
    expect((await admin('topics', 'resume', String(topicId), ...at)).out).toContain('its epochs open');
    expect((await admin('topics', 'pause', '999', ...at)).err).toContain('UNKNOWN_TOPIC');
    const [unpaid, paid] = [0, 3].map((n) => String(firstNonce + n * topicParams.epochLengthBlocks));
    const reopen = (nonce: string) => admin('epochs', 'reopen', String(topicId), nonce, ...at);
    expect((await reopen(unpaid!)).out).toContain('asked again as epoch');
    expect((await reopen(paid!)).err).toContain('EPOCH_STANDS');
    const deeds = await vi.waitFor(async () => {
      const { out } = await admin('audit', 'list', ...at);
      expect(out.match(/POST .*resumption/g)).toHaveLength(1);
      return out;
    });
    expect(deeds).toContain('POST /operations/topics/:id/pause');
    expect(deeds).toContain('verification');
  });

  it('has its projection made again of the log', async () => {
    stage.keepLogsOfFailure();
    const projected = async () => (await decisions(found.databaseUrl)).told;
    const wanted = await projected();
    expect((await admin('projections', 'rebuild')).err).toContain('stop all');
    await after.stop();
    expect(await admin('projections', 'rebuild', '--operator', 'tester')).toMatchObject({ exitCode: 0 });
    expect(await projected()).toEqual([]);
    const again = await startNetwork(found, 'again', nextKey);
    await vi.waitFor(async () => expect(await projected()).toEqual(wanted), {
      timeout: 30_000,
      interval: 300,
    });
    const { inference } = await again.client.epoch(
      topicId,
      lastNonce((await decisions(found.databaseUrl)).inferences),
    );
    expect(inference).not.toBeNull();
    expect((await admin('audit', 'list', '--url', again.url)).out).toContain(
      'operator:tester  projections rebuild',
    );
    await again.stop();
  }, 120_000);

  /** As an operator calls it, with the settings of the services. */
  async function admin(...args: string[]) {
    let [out, err] = ['', ''];
    const {
      databaseUrl: DATABASE_URL,
      kafkaBrokers: KAFKA_BROKERS,
      busTopicPrefix: BUS_TOPIC_PREFIX,
    } = found;
    const output = { out: (text: string) => void (out += text), err: (text: string) => void (err += text) };
    const exitCode = await runAdmin(args, output, { DATABASE_URL, KAFKA_BROKERS, BUS_TOPIC_PREFIX });
    return { exitCode, out, err };
  }
});

const lastNonce = (rows: unknown[]): number => Number((rows.at(-1) as { nonce: string }).nonce);

/** All that the demo waited for, and what follows from it without being waited for: every block is applied. */
async function settled(databaseUrl: string, height: number) {
  const applied = await rowsOf(databaseUrl, 'SELECT height::int FROM rewards.network');
  expect(applied).toEqual([{ height }]);
  const all = await decisions(databaseUrl);
  const kinds = (all.told as { kind: string }[]).filter(({ kind }) => kind === 'rewards');
  expect(kinds.length).toBeGreaterThanOrEqual(EPOCHS);
  return all;
}

interface Notes {
  height(at: number): void;
  receipt(receipt: Receipt): void;
}

function noting(client: AlloraClient, notes: Notes): AlloraClient {
  return {
    ...client,
    advanceClock: (height) => {
      notes.height(height);
      return client.advanceClock(height);
    },
    submitInference: async (account, request) => {
      const receipt = await client.submitInference(account, request);
      notes.receipt(receipt);
      return receipt;
    },
  };
}

/** A network that came back tells its next epoch as well. */
async function goesOn(client: AlloraClient, topicId: number, height: number): Promise<void> {
  const isNew = ({ openedHeight }: { openedHeight: number }) => openedHeight > height;
  let opened = false;
  for (let next = height + 1; !opened && next <= height + topicParams.epochLengthBlocks; next += 1) {
    await client.advanceClock(next);
    opened = (await client.windows(topicId)).windows.some(isNew);
  }
  expect(opened).toBe(true);
  expect((await client.supply()).conservationErrorUallo).toBe(0n);
}
