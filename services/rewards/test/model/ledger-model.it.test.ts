import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { busTopics } from '@allora/contracts/catalog';
import { Topic } from '@allora/contracts/gen/allora/topics/v1/topics';
import { accountFromKey } from '@allora/identity/account';
import { createTestDatabase } from '@allora/store/testing';
import { describe, expect, it } from 'vitest';
import { CommandGenerator, type People } from '../../src/testing/command-generator';
import { LedgerModel } from '../../src/testing/ledger-model';
import { participant } from '../../src/testing/model-state';
import { BlockModel } from './block-model';
import { HandLog } from './hand-transport';
import { LedgerReader } from './ledger-reader';
import { Play } from './play';
import { Random } from './random';
import { Replica } from './replica';
import { type ModelSchedule, paramsOf, settledAt } from './schedule';
import { World } from './world';

/** Another seed plays another game; the one of a failure is in its message. */
const SEED = Number(process.env.MODEL_SEED ?? 1);
const COMMANDS = Number(process.env.MODEL_COMMANDS ?? 200_000);

const ALLO = 10n ** 18n;
const MILLION_ALLO = 10n ** 24n;
const BLOCKS_PER_MONTH = 150;
const settings = {
  removalDelayBlocks: 40,
  removalsPerBlock: 2,
  paidTopicsPerBlock: 2,
  minTopicWeight: 1e12,
  commandTimeoutMs: 60_000,
};

const address = (name: string): string =>
  accountFromKey(createHash('sha256').update(`model ${name}`).digest()).address;
const everyone = Array.from({ length: 40 }, (_, i) => address(`person ${i}`));
const people: People = {
  everyone,
  reputers: everyone.slice(0, 8),
  validators: everyone.slice(5, 11),
  operators: [everyone[30]!, everyone[31]!],
};
const schedules: readonly ModelSchedule[] = [
  { topicId: 1, lengthBlocks: 36, reputerWindowBlocks: 18 },
  { topicId: 2, lengthBlocks: 60, reputerWindowBlocks: 150 },
  { topicId: 3, lengthBlocks: 90, reputerWindowBlocks: 90 },
  { topicId: 4, lengthBlocks: 45, reputerWindowBlocks: 120 },
];
const vesting = { preseed: everyone[20]!, investors: everyone[21]!, team: everyone[22]! };
const genesis = {
  blocksPerMonth: BLOCKS_PER_MONTH,
  foundation: everyone[23]!,
  vesting,
  accounts: everyone.slice(0, 20).map((one) => ({ address: one, amountUallo: String(100n * ALLO) })),
  faucetUallo: String(55n * MILLION_ALLO - 2_000n * ALLO),
  operators: people.operators,
};

function openingOf(): Map<string, bigint> {
  const opening = new Map<string, bigint>([
    [participant(genesis.foundation), 100n * MILLION_ALLO],
    ['faucet', BigInt(genesis.faucetUallo)],
    ['vesting:preseed', 50n * MILLION_ALLO],
    ['vesting:investors', (2_605n * MILLION_ALLO) / 10n],
    ['vesting:team', 175n * MILLION_ALLO],
  ]);
  for (const { address: one, amountUallo } of genesis.accounts)
    opening.set(participant(one), BigInt(amountUallo));
  const issued = [...opening.values()].reduce((sum, amount) => sum + amount, 0n);
  return opening.set('mint', -issued);
}

/** Fees as the service asks them unless it is told otherwise. */
const rules = {
  ...settings,
  topicCreationFeeUallo: 75_000n,
  registrationFeeUallo: 200n,
  dataFeeUallo: 10n,
  operators: new Set(people.operators),
};

async function play(commands: number, seed: number): Promise<Play> {
  const dir = mkdtempSync(path.join(tmpdir(), 'allora-model-'));
  const genesisFile = path.join(dir, 'genesis.json');
  writeFileSync(genesisFile, JSON.stringify(genesis));
  const database = await createTestDatabase();
  const log = new HandLog();
  const options = { databaseUrl: database.url, log, settings: { ...settings, genesisFile } };
  const replicas = [await Replica.start(options), await Replica.start(options)] as const;
  const reader = await LedgerReader.open(database.url);
  try {
    const random = new Random(seed);
    const model = new LedgerModel(rules, openingOf());
    const blocks = new BlockModel(
      model,
      BLOCKS_PER_MONTH,
      Object.entries(vesting).map(([name, beneficiary]) => {
        const account = `vesting:${name}`;
        return { account, beneficiary, fullUallo: model.balance(account) };
      }),
    );
    const topicIds = schedules.map(({ topicId }) => topicId);
    const generator = new CommandGenerator(random, model, people, topicIds);
    const settledNonce = (topicId: number, nonce: number) => {
      const schedule = schedules.find((one) => one.topicId === topicId)!;
      return settledAt(schedule, nonce + schedule.lengthBlocks);
    };
    const world = new World({ replicas, log, reader, model, blocks, generator, settledNonce });
    await world.begin();
    const topics = schedules.map((schedule) =>
      Topic.fromPartial({
        id: schedule.topicId,
        creator: everyone[0]!,
        params: paramsOf(schedule),
        active: true,
      }),
    );
    await world.event(busTopics.topics, topics, { both: true }).run();
    for (const { topicId, lengthBlocks } of schedules) model.openTopic(topicId, lengthBlocks);
    await world.checkTables();
    const game = new Play({ world, model, blocks, random, schedules, everyone });
    await game.run(commands);
    return game;
  } finally {
    await Promise.all(replicas.map((replica) => replica.close()));
    await reader.close();
    await database.drop();
    rmSync(dir, { recursive: true });
  }
}

describe('the ledger of two replicas', () => {
  it(`is the model's after each of ${COMMANDS} commands (seed ${SEED})`, async () => {
    const game = await play(COMMANDS, SEED);
    console.info(`seed ${SEED}: ${JSON.stringify(game.facts)}`);
    expect(game.facts.commands).toBeGreaterThanOrEqual(COMMANDS);
    expect(game.facts.accepted).toBeGreaterThan(COMMANDS / 3);
    for (const kind of ['refused', 'repeated', 'epochsPaid', 'months', 'claimed'] as const)
      expect(game.facts[kind], kind).toBeGreaterThan(10);
  }, 600_000);
});
