import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withKafkaAdmin } from '@allora/bus/kafka-admin';
import { allBusTopics } from '@allora/contracts/catalog';
import { createClient, type AlloraClient } from '@allora/sdk/client';
import { createTestDatabase } from '@allora/store/testing';
import { createCast } from '../../demo/cast';
import { borrowParts, type BorrowedParts } from '../../demo/distributed-parts';
import { startDistributed, startStandalone, type Network } from '../../demo/network';
import type { EpochReport } from '../../demo/report';
import { runDemo } from '../../demo/run-demo';
import type { Summary } from '../../demo/summary';

const root = path.resolve(import.meta.dirname, '../../../..');
const EPOCHS = 30;
const SEED = '7';
const LIMIT_MS = 300_000;

interface Run {
  readonly reports: readonly EpochReport[];
  readonly summary: Summary;
}

let dataDir: string;

beforeAll(async () => {
  const built = path.join(root, 'dist/services/standalone/main.js');
  if (!existsSync(built)) throw new Error('the services are not built: npm run build');
  dataDir = await mkdtemp(path.join(os.tmpdir(), 'allora-e2e-'));
});

afterAll(() => rm(dataDir, { recursive: true, force: true }));

const clientOf = (network: Network) => createClient({ urls: network.urls, chainId: 'allora-local-1' });

async function play(network: Network): Promise<Run> {
  const reports: EpochReport[] = [];
  const summary = await runDemo({
    client: clientOf(network),
    epochs: EPOCHS,
    seed: SEED,
    onEpoch: (report) => reports.push(report),
  });
  return { reports, summary };
}

/** Exit codes after the clean stop; the services answer 0 only when nothing was cut off. */
async function stopCleanly(network: Network) {
  await network.stop();
  return network.processes.map(({ name, child }) => `${name} ${child.exitCode}`);
}

describe('seven processes over Kafka, PostgreSQL and Redis', () => {
  let parts: BorrowedParts;
  let network: Network;
  let client: AlloraClient;
  let run: Run;
  const cast = createCast(SEED);

  beforeAll(async () => {
    parts = await borrowParts(root);
    network = await startDistributed({ root, dataDir: path.join(dataDir, 'distributed') }, parts);
    client = clientOf(network);
    run = await play(network);
  }, LIMIT_MS);

  afterAll(async () => {
    await network?.stop();
    await parts?.giveBack();
  });

  it('told every stage of every epoch on its Kafka topic', async () => {
    const counts = new Map<string, number>();
    await withKafkaAdmin(parts.kafkaBrokers.split(','), async (admin) => {
      for (const { name } of allBusTopics) {
        const offsets = await admin.fetchTopicOffsets(parts.busTopicPrefix + name);
        counts.set(
          name,
          offsets.reduce((sum, { high }) => sum + Number(high), 0),
        );
      }
    });
    const atLeastOnceAnEpoch = allBusTopics
      .map(({ name }) => name)
      .filter((name) => !['allora.topics.v1', 'allora.registrations.v1'].includes(name));
    expect(counts.get('allora.topics.v1')).toBe(1);
    expect(counts.get('allora.registrations.v1')).toBe(
      cast.inferers.length + cast.forecasters.length + cast.reputers.length,
    );
    for (const name of atLeastOnceAnEpoch) expect(counts.get(name), name).toBeGreaterThanOrEqual(EPOCHS);
  });

  it('left every epoch whole: inference, losses, scores and payments', async () => {
    expect(run.reports.map(({ epoch }) => epoch)).toEqual(Array.from({ length: EPOCHS }, (_, n) => n));
    for (const { nonce } of run.reports) {
      const epoch = await client.epoch(1, nonce);
      expect(epoch.inference, `inference of ${nonce}`).not.toBeNull();
      expect(epoch.losses, `losses of ${nonce}`).not.toBeNull();
      expect(epoch.scores, `scores of ${nonce}`).not.toBeNull();
      expect(epoch.rewards, `rewards of ${nonce}`).not.toBeNull();
    }
    expect(run.reports.filter(({ paidUallo }) => paidUallo.inferers > 0n).length).toBe(EPOCHS - 1);
  });

  it('kept a ledger that sums to zero', async () => {
    const database = new pg.Client({ connectionString: parts.databaseUrl });
    await database.connect();
    const { rows } = await database.query<{ balances: string; postings: string; minted: string }>(
      `SELECT (SELECT sum(balance_uallo)::text FROM rewards.accounts) AS balances,
              (SELECT sum(amount_uallo)::text FROM rewards.postings) AS postings,
              (SELECT (-balance_uallo)::text FROM rewards.accounts WHERE name = 'mint') AS minted`,
    );
    await database.end();
    expect(rows[0]).toMatchObject({ balances: '0', postings: '0' });
    expect(BigInt(rows[0]!.minted)).toBeGreaterThan(0n);
    const supply = await client.supply();
    const minted = BigInt(rows[0]!.minted);
    expect(supply).toMatchObject({ mintedUallo: minted, heldUallo: minted, conservationErrorUallo: 0n });
    expect(supply.emittedUallo).toBeGreaterThan(0n);
  });

  it('listens to the lying reputer less than to every honest one', () => {
    const { liar, ...honest } = run.reports.at(-1)!.listening;
    for (const [name, coefficient] of Object.entries(honest)) expect(liar, name).toBeLessThan(coefficient);
  });

  it('gives the bad worker the least weight', async () => {
    const { inference } = await client.epoch(1, run.reports.at(-1)!.nonce);
    const lightest = [...inference!.inferers].sort((a, b) => a.weight! - b.weight!)[0]!;
    const gambler = cast.inferers.find(({ name }) => name === 'gambler')!;
    expect(lightest.inferer).toBe(gambler.account.address);
  });

  it(
    'makes the same network inferences, to the last bit, as the standalone makes twice',
    async () => {
      const standalone = async (name: string) => {
        // Of its own: a topic shares the emission with all others of its network.
        const database = await createTestDatabase();
        const env = { DATABASE_URL: database.url };
        const alone = await startStandalone({ root, dataDir: path.join(dataDir, name) }, { env });
        const { summary, reports } = await play(alone);
        expect(await stopCleanly(alone)).toEqual(['standalone 0']);
        await database.drop();
        // Before the hash, which does not say where two runs part.
        for (const [epoch, report] of reports.entries()) expect(report, name).toEqual(run.reports[epoch]);
        return summary.inferencesSha256;
      };
      const hashes = await Promise.all(['first', 'second'].map(standalone));
      expect(hashes).toEqual([run.summary.inferencesSha256, run.summary.inferencesSha256]);
    },
    LIMIT_MS,
  );

  it('stops cleanly', async () => {
    expect(await stopCleanly(network)).toEqual(network.processes.map(({ name }) => `${name} 0`));
  });
});
