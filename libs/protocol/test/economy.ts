import {
  delegationAccount,
  delegatorRewardsAccount,
  INFERENCE_HOLDS,
  MINT,
  VALIDATORS_POOL,
} from '../src/economy/accounts';
import { advanceBlocks, type ToldBlocks } from '../src/economy/blocks';
import { type Book, delegationKey, emptyBook, type EconomyRules, Rows } from '../src/economy/book';
import type { Command } from '../src/economy/commands';
import { claimableUallo, poolOf } from '../src/economy/delegation';
import { holdingAccount } from '../src/economy/stake';
import {
  DEFAULT_SHARES,
  emissionParamsOf,
  type Genesis,
  genesisTransfer,
  networkAtGenesis,
  shareUallo,
  vestingOf,
} from '../src/economy/genesis';
import { heldUallo } from '../src/economy/inference-holds';
import { applyCommand } from '../src/economy/apply-command';
import { balanceOf, post } from '../src/economy/post';
import { settleValidator } from '../src/economy/validators';
import type { Touches } from '../src/economy/touches';

export const OPERATOR = 'op';

export const testGenesis: Genesis = {
  blocksPerMonth: 20,
  shares: DEFAULT_SHARES,
  foundation: 'foundation',
  vesting: { preseed: 'seeds', investors: 'investors', team: 'team' },
  accounts: [],
  faucetUallo: shareUallo(DEFAULT_SHARES.participants),
  operators: [OPERATOR],
};

export const testRules: EconomyRules = {
  removalDelayBlocks: 10,
  removalsPerBlock: 2,
  topicCreationFeeUallo: 75_000n,
  registrationFeeUallo: 200n,
  dataFeeUallo: 10n,
  minTopicWeight: 100,
  paidTopicsPerBlock: 2,
  operators: new Set([OPERATOR]),
};

export const testEmission = emissionParamsOf(testGenesis);
export const testVesting = vestingOf(testGenesis);

/** A network right after its genesis, with topics that nobody has staked on. */
export function openEconomy(topics: readonly number[] = [1, 2]): Book {
  const book = emptyBook(networkAtGenesis(testGenesis));
  post(book, genesisTransfer(testGenesis));
  for (const topicId of topics) {
    book.topics.set(String(topicId), {
      creator: 'creator',
      epochLengthBlocks: 5,
      feeRevenueUallo: 0n,
      minInferenceFeeUallo: 0n,
      pendingFees: [],
      weight: null,
      stakeUallo: 0n,
      active: true,
      takenNonce: 0,
      paidNonce: 0,
    });
  }
  return book;
}

/** Applies a command that has to be accepted; money comes out of the faucet first where `funded`. */
export function run(book: Book, command: Command, rules: EconomyRules = testRules) {
  const outcome = applyCommand(book, rules, command, `run:${book.transfers.length}`);
  if (!outcome.accepted) throw new Error(`${command.kind} is refused: ${outcome.code}`);
  return outcome;
}

export function give(book: Book, to: string, amountUallo: bigint): void {
  run(book, { kind: 'faucet', to, amountUallo });
}

export const advance = (book: Book, told: ToldBlocks, rules: EconomyRules = testRules) =>
  advanceBlocks(book, rules, testEmission, told, testVesting);

/** Blocks in which no epoch ends. */
export const advanceTo = (book: Book, toHeight: number, rules: EconomyRules = testRules) =>
  advance(book, { fromHeightExclusive: book.network.height, toHeight, ended: [] }, rules);

export const ROW_KINDS = [
  'balances',
  'delegations',
  'pools',
  'indexes',
  'validators',
  'removals',
  'topics',
  'owed',
  'emissions',
  'holds',
] as const;

/** Everything a book holds but its transfers, to compare; balances of 0 are as good as none. */
export function stateOf(book: Book) {
  const rows = ROW_KINDS.map((kind) => {
    const entries = [...book[kind].entries()].filter(([, row]) => row !== 0n);
    return [kind, Object.fromEntries(entries)] as const;
  });
  return { ...Object.fromEntries(rows), network: book.network };
}

export function copyOf(book: Book): Book {
  return {
    balances: new Rows(book.balances.entries()),
    delegations: new Rows(book.delegations.entries()),
    pools: new Rows(book.pools.entries()),
    indexes: new Rows(book.indexes.entries()),
    validators: new Rows(book.validators.entries()),
    removals: new Rows(book.removals.entries()),
    topics: new Rows(book.topics.entries()),
    owed: new Rows(book.owed.entries()),
    emissions: new Rows(book.emissions.entries()),
    holds: new Rows(book.holds.entries()),
    network: book.network,
    transfers: [],
  };
}

/** What a loader makes of `touches`: those rows and no other. */
export function loadedBook(book: Book, touches: Touches): Book {
  const loaded = emptyBook(book.network);
  const all = touches.allDelegationsOf;
  const prefix = all && `${all.topicId}:${all.reputer}:`;
  const delegations = [
    ...touches.delegations,
    ...[...book.delegations.entries()].flatMap(([key]) =>
      all && prefix && key.startsWith(prefix) ? [{ ...all, holder: key.slice(prefix.length) }] : [],
    ),
  ];
  const accounts = [...touches.accounts, ...delegations.map(holdingAccount)];
  const pick = <V>(rows: Rows<V>, keys: readonly string[]): Rows<V> =>
    new Rows(keys.flatMap((key) => (rows.get(key) === undefined ? [] : [[key, rows.get(key)!] as const])));
  return {
    ...loaded,
    balances: pick(book.balances, accounts),
    delegations: pick(
      book.delegations,
      delegations.map(({ topicId, reputer, holder }) => delegationKey(topicId, reputer, holder)),
    ),
    pools: pick(
      book.pools,
      touches.pools.map(({ topicId, reputer }) => `${topicId}:${reputer}`),
    ),
    validators: pick(book.validators, touches.validators),
    removals: pick(book.removals, touches.removals),
    holds: pick(book.holds, touches.holds),
    topics: pick(book.topics, touches.topics.map(String)),
  };
}

const sumOf = (amounts: Iterable<bigint>): bigint => [...amounts].reduce((sum, amount) => sum + amount, 0n);
const ofKinds = (book: Book, ...kinds: string[]) =>
  [...book.balances.entries()].filter(([name]) => kinds.includes(name.split(':')[0]!));

/** Plainer than `expect`, which is slow where it is asked hundreds of thousands of times. */
function hold(holds: boolean, what: string): void {
  if (!holds) throw new Error(`the book does not add up: ${what}`);
}

/** Every law of the economy that must hold between two pieces of work. */
export function assertBook(book: Book): void {
  const { network } = book;
  const total = sumOf([...book.balances.entries()].map(([, balance]) => balance));
  hold(total === 0n, `all balances are ${total} in sum`);
  const issued = -balanceOf(book, MINT);
  hold(issued === GENESIS_UALLO + network.ecosystemMintedUallo, `${issued} were issued`);
  hold(network.ecosystemMintedUallo <= ECOSYSTEM_UALLO, 'more was minted than may be');
  for (const [name, balance] of book.balances.entries()) {
    hold(name === MINT || balance >= 0n, `${name} holds ${balance}`);
  }
  const held = sumOf([...book.holds.entries()].map(([, hold]) => heldUallo(hold)));
  hold(balanceOf(book, INFERENCE_HOLDS) === held, `${held} uallo are held for inferences`);
  assertStake(book);
  assertPots(book);
  for (const [key, owed] of book.owed.entries()) hold(owed > 0n, `${key} owes ${owed}`);
}

const GENESIS_UALLO = -genesisTransfer(testGenesis).postings[0]!.amountUallo;
const ECOSYSTEM_UALLO = shareUallo(testGenesis.shares.ecosystem);

function assertStake(book: Book): void {
  const stakes = ofKinds(book, 'stake', 'delegation');
  for (const [topicId, topic] of book.topics.entries()) {
    const ofTopic = stakes.filter(([name]) => name.split(':')[1] === topicId).map(([, balance]) => balance);
    hold(topic.stakeUallo === sumOf(ofTopic), `stake of topic ${topicId}`);
    hold(topic.feeRevenueUallo >= 0n, `fees of topic ${topicId}`);
  }
  const all = sumOf(stakes.map(([, balance]) => balance));
  hold(book.network.topicStakeUallo === all, 'stake of all topics');
  const validators = ofKinds(book, 'validator-stake').map(([, balance]) => balance);
  hold(book.network.validatorStakeUallo === sumOf(validators), 'stake of all validators');
  for (const [account, balance] of ofKinds(book, 'removal', 'validator-removal')) {
    hold((book.removals.get(account)?.amountUallo ?? 0n) === balance, `${account} holds ${balance}`);
  }
}

/** No pot holds less than those who share it may claim. */
function assertPots(book: Book): void {
  const claims = new Map<string, bigint>();
  for (const [key, delegation] of book.delegations.entries()) {
    const [topic, reputer, holder] = key.split(':') as [string, string, string];
    const shares = delegation.segments.at(-1)!.sharesUallo;
    const delegated = balanceOf(book, delegationAccount(Number(topic), reputer, holder));
    hold(shares === delegated, `${key} counts ${shares} and holds ${delegated}`);
    const pot = delegatorRewardsAccount(Number(topic), reputer);
    const claim = claimableUallo(delegation, poolOf(book, Number(topic), reputer));
    hold(claim >= 0n, `${key} may claim ${claim}`);
    claims.set(pot, (claims.get(pot) ?? 0n) + claim);
  }
  for (const [pot, claim] of claims) hold(balanceOf(book, pot) >= claim, `${pot} owes ${claim}`);
  const earned = [...book.validators.entries()].map(([address]) => settleValidator(book, address)!);
  const claim = sumOf(earned.map(({ accruedUallo }) => accruedUallo));
  hold(balanceOf(book, VALIDATORS_POOL) >= claim, `the validators' pool owes ${claim}`);
}
