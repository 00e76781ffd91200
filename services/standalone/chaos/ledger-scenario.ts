import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { People } from '@allora/rewards/testing/command-generator';
import { LedgerModel } from '@allora/rewards/testing/ledger-model';
import { type ModelRules, participant } from '@allora/rewards/testing/model-state';
import { LOSS_METHOD } from '../demo/loss';
import { checkLedger } from './check-epoch';
import { checkCommands } from './check-ledger';
import { checkDeadLetters, readDeadLetters } from './dead-letters';
import { LedgerLoad } from './ledger-load';
import { acceptedAnswer } from './ledger-parcel';
import { LedgerSender } from './ledger-sender';
import { checkMemory, MemoryWatch } from './memory';
import { beside, crashViolations, faultsOf, type Outcome, type Play, recover } from './play';
import { chaosParams, fundAll } from './population';
import { SeededRandom } from './random';
import { readLedger } from './read-epoch';
import { CHAIN_ID } from './run';

const PEOPLE = 30;
const FUNDS_UALLO = 10n ** 21n;
const ALLO = 10n ** 18n;
const FAUCET_MAX_UALLO = 10n ** 24n;
/** A few blocks: removals are asked for, cancelled and paid out all the time. */
const REMOVAL_DELAY_BLOCKS = 15;
const BLOCKS_PER_MONTH = 60;

const accountsOf = (seed: string) => {
  const random = new SeededRandom(`load/${seed}`);
  return Array.from({ length: PEOPLE }, (_, n) => random.account(`person/${n}`));
};

const peopleOf = (seed: string): People => {
  const everyone = accountsOf(seed).map(({ address }) => address);
  return {
    everyone,
    reputers: everyone.slice(0, 6),
    validators: everyone.slice(4, 9),
    operators: everyone.slice(PEOPLE - 2),
  };
};

/** A genesis of the run's own: short months, and operators whose keys the clients have. */
export function ledgerSettings(seed: string, dir: string): Record<string, string> {
  const { everyone, operators } = peopleOf(seed);
  const given = FUNDS_UALLO * BigInt(everyone.length);
  const genesis = {
    blocksPerMonth: BLOCKS_PER_MONTH,
    foundation: everyone[10],
    vesting: { preseed: everyone[11], investors: everyone[12], team: everyone[13] },
    accounts: everyone.map((address) => ({ address, amountUallo: String(FUNDS_UALLO) })),
    faucetUallo: String(55_000_000n * ALLO - given),
    operators,
  };
  mkdirSync(dir, { recursive: true });
  const file = path.join(dir, 'genesis.json');
  writeFileSync(file, JSON.stringify(genesis));
  return { GENESIS_FILE: file, REMOVAL_DELAY_BLOCKS: String(REMOVAL_DELAY_BLOCKS), REMOVALS_PER_BLOCK: '5' };
}

const rulesOf = ({ operators }: People): ModelRules => ({
  removalDelayBlocks: REMOVAL_DELAY_BLOCKS,
  removalsPerBlock: 5,
  topicCreationFeeUallo: 75_000n,
  registrationFeeUallo: 200n,
  dataFeeUallo: 10n,
  minTopicWeight: 0,
  paidTopicsPerBlock: 100,
  operators: new Set(operators),
});

/** Two topics, and everybody registered in the first: their fees are charged through the coordinator. */
async function setUp({ network, plan, signal }: Play): Promise<number[]> {
  const { client } = network;
  const accounts = accountsOf(plan.seed);
  const creator = new SeededRandom(`load/${plan.seed}`).account('creator');
  await fundAll(client, [creator], signal);
  const topicIds: number[] = [];
  for (const requestId of ['chaos-one', 'chaos-two']) {
    const topic = { metadata: requestId, lossMethod: LOSS_METHOD, params: chaosParams, requestId };
    topicIds.push((await client.createTopic(creator, topic)).id);
  }
  for (const account of accounts) await client.register(account, topicIds[0]!, 'worker');
  return topicIds;
}

/** Commands on accounts, by everyone to both replicas; each answer must be the model's, and each command count once. */
export async function runLedger(play: Play): Promise<Outcome> {
  const { network, plan, options, reporter } = play;
  const { cluster, client, reader, stack } = network;
  const random = new SeededRandom(`load/${plan.seed}`);
  const people = peopleOf(plan.seed);
  const topicIds = await setUp(play);
  const ratePerSecond = options.rate ?? 60;
  reporter.note(`${PEOPLE} accounts, ${topicIds.length} topics, ${ratePerSecond} commands a second`);
  const opening = people.everyone.map((address) => [participant(address), FUNDS_UALLO] as const);
  const belief = new LedgerModel(rulesOf(people), [...opening, ['faucet', 10n ** 25n]]);
  for (const topicId of topicIds) belief.openTopic(topicId, chaosParams.epochLengthBlocks);
  const sender = new LedgerSender(cluster, random.fork('doors'));
  const load = new LedgerLoad({
    ...{ chainId: CHAIN_ID, accounts: accountsOf(plan.seed), people, topicIds, belief, sender },
    ...{ random: random.fork('load'), ratePerSecond },
  });
  const watch = new MemoryWatch(cluster);
  watch.start();
  try {
    await beside(play, sender, [(signal) => load.run(signal)], faultsOf(play));
    const unready = await recover(play, sender);
    const memory = watch.stop();
    const { mintedUallo, heldUallo } = await client.supply();
    const ledger = await readLedger(stack.postgres.directAddress);
    const parcels = [...sender.parcels.values()];
    const model = new LedgerModel(rulesOf(people), []);
    for (const topicId of topicIds) model.openTopic(topicId, chaosParams.epochLengthBlocks);
    const letters = readDeadLetters(reader);
    const violations = [
      ...unready,
      ...checkCommands({ parcels, ...ledger, model, faucetMaxUallo: FAUCET_MAX_UALLO }),
      ...checkLedger({ ...ledger, supply: { mintedUallo, heldUallo } }),
      ...checkDeadLetters(letters, { undecodable: [], broken: [] }),
      ...checkMemory(memory),
      ...crashViolations(play),
    ];
    const accepted = parcels.filter((parcel) => acceptedAnswer(parcel)).length;
    const refused = parcels.filter(
      (parcel) => !acceptedAnswer(parcel) && parcel.attempts.some(({ answer }) => answer.kind === 'refused'),
    ).length;
    const facts = {
      transfers: ledger.transfers.length,
      height: network.blocks.height,
      attempts: parcels.reduce((sum, { attempts }) => sum + attempts.length, 0),
      answers: answersOf(parcels),
      notSent: load.skipped,
    };
    return { submitted: parcels.length, accepted, refused, memory, violations, facts };
  } finally {
    watch.stop();
    sender.close();
  }
}

function answersOf(
  parcels: readonly { readonly attempts: readonly { readonly answer: { kind: string } }[] }[],
) {
  const answers: Record<string, number> = {};
  for (const { answer } of parcels.flatMap(({ attempts }) => attempts)) {
    const name = 'code' in answer ? String(answer.code) : answer.kind;
    answers[name] = (answers[name] ?? 0) + 1;
  }
  return answers;
}
