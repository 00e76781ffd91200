import {
  type Book,
  type Delegation,
  type DelegationPool,
  type EpochEmission,
  type InferenceHold,
  type NetworkState,
  type Removal,
  Rows,
  type Segment,
  type TopicState,
  type Validator,
} from '@allora/protocol/economy/book';
import type { Tx } from '@allora/store/database';
import { numberArray, textArray } from '@allora/store/pg-array';
import type { Wants } from './book-wants';

/** A book and what the database held of it when it was loaded. */
export interface LoadedBook extends Book {
  /** Accounts that are open. */
  readonly opened: ReadonlySet<string>;
  readonly loadedNetwork: NetworkState;
}

/** Numbers beyond 2^53 travel as text; doubles as the shortest decimal that reads back. */
interface Found {
  readonly network: FoundNetwork | null;
  readonly balances: readonly { readonly name: string; readonly balance: string }[] | null;
  readonly topics: readonly FoundTopic[] | null;
  readonly delegations: readonly FoundDelegation[] | null;
  readonly pools: readonly { topic_id: number; reputer: string; index: string; carry: string }[] | null;
  readonly validators: readonly { address: string; accrued: string; settled_index: string }[] | null;
  readonly removals: readonly FoundRemoval[] | null;
  readonly owed: readonly { topic_id: number; address: string; amount: string }[] | null;
  readonly emissions: readonly FoundEmission[] | null;
  readonly holds: readonly FoundHold[] | null;
}

interface FoundNetwork {
  readonly blocks_per_month: number;
  readonly height: number;
  readonly rate: string | null;
  readonly block_emission: string;
  readonly ecosystem_minted: string;
  readonly reputers_percent: string;
  readonly month_rewards: string;
  readonly month_reputers: string;
  readonly total_weight: number;
  readonly topic_stake: string;
  readonly validator_stake: string;
  readonly validator_index: string;
  readonly validator_carry: string;
}

interface FoundTopic {
  readonly topic_id: number;
  readonly creator: string;
  readonly epoch_length_blocks: number;
  readonly fee_revenue: string;
  readonly min_inference_fee: string;
  readonly pending_fees: readonly { readonly count_nonce: number; readonly amount_uallo: string }[];
  readonly weight: number | null;
  readonly stake: string;
  readonly active: boolean;
  readonly taken_nonce: number;
  readonly paid_nonce: number;
}

interface FoundDelegation {
  readonly topic_id: number;
  readonly reputer: string;
  readonly holder: string;
  readonly accrued: string;
  readonly settled_index: string;
  readonly paid_nonce: number;
  readonly after_nonces: readonly number[];
  readonly shares: readonly string[];
  /** Index after the latest payment up to each segment's nonce; null where there was none. */
  readonly start_indexes: readonly (string | null)[];
}

interface FoundRemoval {
  readonly account: string;
  readonly holder: string;
  readonly topic_id: number;
  readonly reputer: string;
  readonly amount: string;
  readonly requested_height: number;
  readonly due_height: number;
}

interface FoundEmission {
  readonly topic_id: number;
  readonly nonce: number;
  readonly height: number;
  readonly epoch_length_blocks: number;
  readonly weight: number;
  readonly total_weight: number;
  readonly block_emission: string;
  readonly amount: string;
}

interface FoundHold {
  readonly account: string;
  readonly request_id: string;
  readonly request_hash: string;
  readonly topic_id: number;
  readonly fee: string;
  readonly parts: number;
  readonly released_parts: number;
  readonly released: string;
  readonly refunded: string;
  readonly closed: boolean;
}

/** All of it in one round trip, however much is wanted. */
export async function loadBook(tx: Tx, wanted: Wants): Promise<LoadedBook> {
  const found = await find(tx, wanted);
  if (!found.network) throw new Error('the ledger has no genesis');
  const balances = (found.balances ?? []).map(({ name, balance }) => [name, BigInt(balance)] as const);
  const network = networkOf(found.network);
  return {
    balances: new Rows(balances),
    delegations: new Rows((found.delegations ?? []).map(delegationOf)),
    pools: new Rows(
      (found.pools ?? []).map(({ topic_id, reputer, index, carry }) => {
        const pool: DelegationPool = { index: BigInt(index), carry: BigInt(carry) };
        return [`${topic_id}:${reputer}`, pool] as const;
      }),
    ),
    indexes: new Rows(),
    validators: new Rows(
      (found.validators ?? []).map(({ address, accrued, settled_index }) => {
        const validator: Validator = { accruedUallo: BigInt(accrued), settledIndex: BigInt(settled_index) };
        return [address, validator] as const;
      }),
    ),
    removals: new Rows((found.removals ?? []).map(removalOf)),
    topics: new Rows((found.topics ?? []).map(topicOf)),
    owed: new Rows(
      (found.owed ?? []).map(
        ({ topic_id, address, amount }) => [`${topic_id}:${address}`, BigInt(amount)] as const,
      ),
    ),
    emissions: new Rows((found.emissions ?? []).map(emissionOf)),
    holds: new Rows((found.holds ?? []).map(holdOf)),
    network,
    transfers: [],
    opened: new Set(balances.map(([name]) => name)),
    loadedNetwork: network,
  };
}

const columns = <T>(rows: readonly T[], text: (row: T) => string): string => textArray(rows.map(text));
const ids = (rows: readonly { readonly topicId: number }[]): string =>
  numberArray(rows.map(({ topicId }) => topicId));

async function find(tx: Tx, wanted: Wants): Promise<Found> {
  const { delegations, delegationsTo, pools, owed, emissions, dueRemovals } = wanted;
  const [row] = await tx.$queryRaw<{ found: Found }[]>`
    WITH due AS (
      SELECT * FROM rewards.stake_removals WHERE due_height <= ${dueRemovals.height}::bigint
       ORDER BY due_height, account COLLATE "C" LIMIT ${dueRemovals.limit}::bigint
    ), removals AS (
      SELECT * FROM due UNION
      SELECT * FROM rewards.stake_removals WHERE account = ANY (${textArray(wanted.removals)}::text[])
    ), wanted_delegations (topic_id, reputer, holder) AS (
      SELECT * FROM unnest(${ids(delegations)}::bigint[], ${columns(delegations, (d) => d.reputer)}::text[],
                           ${columns(delegations, (d) => d.holder)}::text[])
      UNION
      SELECT d.topic_id, d.reputer, d.holder FROM rewards.delegations d
        JOIN unnest(${ids(delegationsTo)}::bigint[], ${columns(delegationsTo, (d) => d.reputer)}::text[])
             AS r (topic_id, reputer) USING (topic_id, reputer)
    ), names (name) AS (
      SELECT unnest(${textArray(wanted.accounts)}::text[])
      UNION SELECT account FROM due
      UNION SELECT 'participant:' || holder FROM due
      UNION SELECT a.name FROM rewards.accounts a
        JOIN unnest(${ids(delegationsTo)}::bigint[], ${columns(delegationsTo, (d) => d.reputer)}::text[])
             AS r (topic_id, reputer) ON a.kind = 'delegation' AND a.topic_id = r.topic_id AND a.reputer = r.reputer
    )
    SELECT json_build_object(
      'network', (SELECT json_build_object('blocks_per_month', blocks_per_month, 'height', height, 'rate', rate::text,
        'block_emission', block_emission_uallo::text, 'ecosystem_minted', ecosystem_minted_uallo::text,
        'reputers_percent', reputers_percent::text, 'month_rewards', month_rewards_uallo::text,
        'month_reputers', month_reputers_uallo::text, 'total_weight', total_weight,
        'topic_stake', topic_stake_uallo::text, 'validator_stake', validator_stake_uallo::text,
        'validator_index', validator_index::text, 'validator_carry', validator_carry::text) FROM rewards.network),
      'balances', (SELECT json_agg(json_build_object('name', name, 'balance', balance_uallo::text))
        FROM rewards.accounts JOIN names USING (name)),
      'topics', (SELECT json_agg(json_build_object('topic_id', t.topic_id, 'creator', creator,
        'epoch_length_blocks', epoch_length_blocks, 'fee_revenue', fee_revenue_uallo::text,
        'min_inference_fee', min_inference_fee_uallo::text, 'pending_fees', pending_fees, 'weight', weight,
        'stake', stake_uallo::text, 'active', active,
        'taken_nonce', coalesce(p.taken_nonce, 0), 'paid_nonce', coalesce(p.paid_nonce, 0)))
        FROM rewards.topics t LEFT JOIN rewards.topic_progress p ON p.topic_id = t.topic_id
        WHERE ${wanted.allTopics} OR t.topic_id = ANY (${numberArray(wanted.topics)}::bigint[])),
      'delegations', (SELECT json_agg(json_build_object('topic_id', d.topic_id, 'reputer', d.reputer, 'holder', d.holder,
        'accrued', accrued_uallo::text, 'settled_index', settled_index::text, 'paid_nonce', coalesce(p.paid_nonce, 0),
        'after_nonces', after_nonces, 'shares', shares_uallo::text[],
        'start_indexes', (SELECT json_agg((
            SELECT i.index::text FROM rewards.delegation_indexes i
             WHERE i.topic_id = d.topic_id AND i.reputer = d.reputer AND i.nonce <= s.after_nonce
             ORDER BY i.nonce DESC LIMIT 1) ORDER BY s.place)
          FROM unnest(d.after_nonces) WITH ORDINALITY AS s (after_nonce, place))))
        FROM rewards.delegations d JOIN wanted_delegations USING (topic_id, reputer, holder)
        LEFT JOIN rewards.topic_progress p ON p.topic_id = d.topic_id),
      'pools', (SELECT json_agg(json_build_object('topic_id', topic_id, 'reputer', reputer,
        'index', index::text, 'carry', carry::text))
        FROM rewards.delegation_pools WHERE (topic_id, reputer) IN (
          SELECT * FROM unnest(${ids(pools)}::bigint[], ${columns(pools, (p) => p.reputer)}::text[]))),
      'validators', (SELECT json_agg(json_build_object('address', address, 'accrued', accrued_uallo::text,
        'settled_index', settled_index::text))
        FROM rewards.validators WHERE address = ANY (${textArray(wanted.validators)}::text[])),
      'removals', (SELECT json_agg(json_build_object('account', account, 'holder', holder, 'topic_id', topic_id,
        'reputer', reputer, 'amount', amount_uallo::text, 'requested_height', requested_height,
        'due_height', due_height)) FROM removals),
      'owed', (SELECT json_agg(json_build_object('topic_id', topic_id, 'address', address, 'amount', amount_uallo::text))
        FROM rewards.owed_fees WHERE (topic_id, address) IN (
          SELECT * FROM unnest(${ids(owed)}::bigint[], ${columns(owed, (o) => o.address)}::text[]))),
      'emissions', (SELECT json_agg(json_build_object('topic_id', topic_id, 'nonce', nonce, 'height', height,
        'epoch_length_blocks', epoch_length_blocks, 'weight', weight, 'total_weight', total_weight,
        'block_emission', block_emission_uallo::text, 'amount', amount_uallo::text))
        FROM rewards.epoch_emissions WHERE (topic_id, nonce) IN (
          SELECT * FROM unnest(${ids(emissions)}::bigint[],
                               ${numberArray(emissions.map(({ nonce }) => nonce))}::bigint[]))),
      'holds', (SELECT json_agg(json_build_object('account', account, 'request_id', request_id,
        'request_hash', encode(request_hash, 'hex'), 'topic_id', topic_id, 'fee', fee_uallo::text, 'parts', parts,
        'released_parts', released_parts, 'released', released_uallo::text, 'refunded', refunded_uallo::text,
        'closed', closed))
        FROM rewards.inference_holds
        JOIN unnest(${textArray(wanted.holds)}::text[]) AS key
          ON account = split_part(key, ':', 1) AND request_id = split_part(key, ':', 2))
    ) AS found`;
  return row!.found;
}

const networkOf = (n: FoundNetwork): NetworkState => ({
  blocksPerMonth: n.blocks_per_month,
  height: n.height,
  rate: n.rate === null ? null : BigInt(n.rate),
  blockEmissionUallo: BigInt(n.block_emission),
  ecosystemMintedUallo: BigInt(n.ecosystem_minted),
  reputersPercent: BigInt(n.reputers_percent),
  monthRewardsUallo: BigInt(n.month_rewards),
  monthReputersUallo: BigInt(n.month_reputers),
  totalWeight: n.total_weight,
  topicStakeUallo: BigInt(n.topic_stake),
  validatorStakeUallo: BigInt(n.validator_stake),
  validatorIndex: BigInt(n.validator_index),
  validatorCarry: BigInt(n.validator_carry),
});

function topicOf(t: FoundTopic): readonly [string, TopicState] {
  const topic = {
    creator: t.creator,
    epochLengthBlocks: t.epoch_length_blocks,
    feeRevenueUallo: BigInt(t.fee_revenue),
    minInferenceFeeUallo: BigInt(t.min_inference_fee),
    pendingFees: t.pending_fees.map(({ count_nonce, amount_uallo }) => ({
      countNonce: count_nonce,
      amountUallo: BigInt(amount_uallo),
    })),
    weight: t.weight,
    stakeUallo: BigInt(t.stake),
    active: t.active,
    takenNonce: t.taken_nonce,
    paidNonce: t.paid_nonce,
  };
  return [String(t.topic_id), topic];
}

function delegationOf(d: FoundDelegation): readonly [string, Delegation] {
  const segments = d.after_nonces.map((afterNonce, i): Segment => {
    const startIndex = afterNonce <= d.paid_nonce ? BigInt(d.start_indexes[i] ?? 0) : undefined;
    return { afterNonce, sharesUallo: BigInt(d.shares[i]!), startIndex };
  });
  const delegation = {
    accruedUallo: BigInt(d.accrued),
    settledIndex: BigInt(d.settled_index),
    segments,
  };
  return [`${d.topic_id}:${d.reputer}:${d.holder}`, delegation];
}

function removalOf(r: FoundRemoval): readonly [string, Removal] {
  const removal = {
    holder: r.holder,
    topicId: r.topic_id,
    reputer: r.reputer,
    amountUallo: BigInt(r.amount),
    requestedHeight: r.requested_height,
    dueHeight: r.due_height,
  };
  return [r.account, removal];
}

function holdOf(h: FoundHold): readonly [string, InferenceHold] {
  const hold = {
    requestHash: h.request_hash,
    topicId: h.topic_id,
    feeUallo: BigInt(h.fee),
    parts: h.parts,
    releasedParts: h.released_parts,
    releasedUallo: BigInt(h.released),
    refundedUallo: BigInt(h.refunded),
    closed: h.closed,
  };
  return [`${h.account}:${h.request_id}`, hold];
}

function emissionOf(e: FoundEmission): readonly [string, EpochEmission] {
  const emission = {
    topicId: e.topic_id,
    nonce: e.nonce,
    height: e.height,
    epochLengthBlocks: e.epoch_length_blocks,
    weight: e.weight,
    totalWeight: e.total_weight,
    blockEmissionUallo: BigInt(e.block_emission),
    amountUallo: BigInt(e.amount),
  };
  return [`${e.topic_id}:${e.nonce}`, emission];
}
