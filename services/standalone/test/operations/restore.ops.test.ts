import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { createClient, type AlloraClient } from '@allora/sdk/client';
import pg from 'pg';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { restoreBackup, takeBackup, type BackupSettings } from '../../../../deploy/backup/command';
import type { DistributedParts } from '../../demo/network';
import { stablePorts } from '../../demo/ports';
import { runDemo } from '../../demo/run-demo';
import { startServiceProcess } from '../../demo/service-process';
import { topicParams } from '../../demo/set-up';
import { Stage } from './stage';

const EPOCHS = 8;
const EPOCHS_IN_THE_DUMP = 3;
const CHAIN_ID = 'allora-local-1';

const stage = new Stage();
afterAll(() => stage.close(), 60_000);

/** All services in one process, on Kafka: what they keep and read is the same as in seven. */
async function startNetwork(parts: DistributedParts, name: string) {
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
      NETWORK_KEY: 'ab'.repeat(32),
    },
  });
  stage.onClose(() => running.stop());
  await running.ready(120_000);
  const client = createClient({ baseUrl: running.httpUrl, chainId: CHAIN_ID });
  return { client, stop: () => running.stop() };
}

const settingsOf = ({ databaseUrl, kafkaBrokers, busTopicPrefix }: DistributedParts): BackupSettings => ({
  databaseUrl,
  log: { brokers: [kafkaBrokers], prefix: busTopicPrefix },
  replicationFactor: 1,
});

/** A block spends the fees that are there by then, and mints what they lack: which of the two depends on who came first. */
const purse = `CASE WHEN name IN ('mint', 'treasury') THEN 'mint and treasury' ELSE name END`;

/** What must be the same again: everything that was decided, to the bit and to the last uallo. */
const decided = {
  accounts: `SELECT ${purse} AS purse, sum(balance_uallo)::text AS uallo FROM rewards.accounts GROUP BY 1 ORDER BY 1`,
  postings: `SELECT t.key, t.kind, ${purse.replaceAll('name', 'p.account_name')} AS purse, sum(p.amount_uallo)::text AS uallo
    FROM rewards.transfers t JOIN rewards.postings p ON p.transfer_id = t.id GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
  inferences: `SELECT topic_id, nonce, encode(message, 'hex') AS inference, encode(regrets, 'hex') AS regrets
    FROM synthesis.network_inferences ORDER BY 1, 2`,
  told: `SELECT topic_id, nonce, kind, encode(sha256(message), 'hex') AS hash FROM gateway.epoch_facts ORDER BY 1, 2, 3`,
  submissions: `SELECT topic_id, nonce, author, encode(hash, 'hex') AS hash, late FROM inference_ingest.submissions ORDER BY 1, 2, 3, 4`,
} as const;

async function decisions(databaseUrl: string): Promise<Record<keyof typeof decided, unknown[]>> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const entries: [string, unknown[]][] = [];
    for (const [name, sql] of Object.entries(decided))
      entries.push([name, (await client.query(sql)).rows as unknown[]]);
    return Object.fromEntries(entries) as Record<keyof typeof decided, unknown[]>;
  } finally {
    await client.end();
  }
}

describe('a back-up', () => {
  it('older than the log, restored beside it, comes to the same ledger and the same inferences', async () => {
    stage.keepLogsOfFailure();
    const lost = await stage.parts();
    const before = await startNetwork(lost, 'before');
    const dir = path.join(stage.dir, 'backup');
    let dump: Promise<unknown> | undefined;
    let height = 0;
    let topicId = 0;
    await runDemo({
      client: noting(before.client, (at) => (height = at)),
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
    const wanted = await vi.waitFor(async () => settled(lost.databaseUrl), {
      timeout: 30_000,
      interval: 300,
    });
    await before.stop();
    await takeBackup(settingsOf(lost), { dir, database: false, log: true });

    const found = await stage.parts();
    const said = await restoreBackup(settingsOf(found), { dir, database: true, log: true });
    expect(said).toEqual([
      expect.stringMatching(/^log: [1-9]\d* records$/),
      expect.stringMatching(/^database: [1-9]\d* rows$/),
      expect.stringMatching(/^groups: /),
    ]);
    const inDump = await decisions(found.databaseUrl);
    expect(inDump.told.length).toBeGreaterThan(0);
    expect(inDump.told.length).toBeLessThan(wanted.told.length);

    const after = await startNetwork(found, 'after');
    await after.client.advanceClock(height);
    await after.client.epoch(topicId, lastNonce(wanted.inferences), {
      waitFor: 'inference',
      timeoutMs: 60_000,
    });
    await vi.waitFor(async () => expect(await settled(found.databaseUrl)).toEqual(wanted), {
      timeout: 60_000,
      interval: 500,
    });
    await goesOn(after.client, topicId, height);
    await after.stop();
  }, 120_000);
});

const lastNonce = (rows: unknown[]): number => Number((rows.at(-1) as { nonce: string }).nonce);

/** All that the demo waited for, and what follows from it without being waited for. */
async function settled(databaseUrl: string) {
  const all = await decisions(databaseUrl);
  const kinds = (all.told as { kind: string }[]).filter(({ kind }) => kind === 'rewards');
  expect(kinds.length).toBeGreaterThanOrEqual(EPOCHS);
  return all;
}

function noting(client: AlloraClient, note: (height: number) => void): AlloraClient {
  return {
    ...client,
    advanceClock: (height) => {
      note(height);
      return client.advanceClock(height);
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
