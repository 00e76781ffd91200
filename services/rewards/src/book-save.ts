import { accountColumns } from '@allora/protocol/economy/accounts';
import type { Rows, Transfer } from '@allora/protocol/economy/book';
import { verdict } from '@allora/protocol/ledger/posting';
import type { Tx } from '@allora/store/database';
import { numberArray, textArray } from '@allora/store/pg-array';
import type { LoadedBook } from './book-load';

/** Stores what the work made of the book: one statement for each kind of row that changed. */
export async function saveBook(tx: Tx, book: LoadedBook): Promise<void> {
  await openAccounts(tx, book);
  await insertTransfers(tx, book.transfers);
  await saveTopics(tx, book);
  await saveDelegations(tx, book);
  await savePools(tx, book);
  await saveValidators(tx, book);
  await saveRemovals(tx, book);
  await saveOwed(tx, book);
  await saveEmissions(tx, book);
  await saveHolds(tx, book);
  if (book.network !== book.loadedNetwork) await saveNetwork(tx, book);
}

async function openAccounts(tx: Tx, { transfers, opened }: LoadedBook): Promise<void> {
  const names = new Set(transfers.flatMap(({ postings }) => postings.map(({ account }) => account)));
  const fresh = [...names].filter((name) => !opened.has(name)).map(accountColumns);
  if (fresh.length === 0) return;
  await tx.$executeRaw`
    INSERT INTO rewards.accounts (name, kind, owner, topic_id, reputer)
    SELECT name, kind, owner, topic_id, reputer
      FROM json_to_recordset(${json(
        fresh.map(({ topicId, ...columns }) => ({ ...columns, topic_id: topicId })),
      )}::json) AS a (name text, kind text, owner text, topic_id bigint, reputer text)
    ON CONFLICT (name) DO NOTHING`;
}

/** Ids follow the order of the transfers. The database moves the balances, and refuses what does not balance. */
async function insertTransfers(tx: Tx, transfers: readonly Transfer[]): Promise<void> {
  if (transfers.length === 0) return;
  for (const transfer of transfers) assertBalanced(transfer);
  const postings = transfers.flatMap((transfer, place) =>
    transfer.postings.map(({ account, amountUallo }, line) => ({ place, line, account, amountUallo })),
  );
  await tx.$executeRaw`
    WITH posted AS (
      INSERT INTO rewards.transfers (key, kind, topic_id, nonce, posting_count)
      SELECT key, kind, topic_id, nonce, posting_count
        FROM unnest(${textArray(transfers.map(({ key }) => key))}::text[],
                    ${textArray(transfers.map(({ kind }) => kind))}::text[],
                    ${orNulls(transfers.map(({ topicId }) => topicId))}::bigint[],
                    ${orNulls(transfers.map(({ nonce }) => nonce))}::bigint[],
                    ${numberArray(transfers.map((transfer) => transfer.postings.length))}::int[])
             WITH ORDINALITY AS t (key, kind, topic_id, nonce, posting_count, place)
       ORDER BY place
      RETURNING id
    ), placed AS (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM posted)
    INSERT INTO rewards.postings (transfer_id, line, account_name, amount_uallo)
    SELECT placed.id, p.line, p.account, p.amount
      FROM unnest(${numberArray(postings.map(({ place }) => place))}::bigint[],
                  ${numberArray(postings.map(({ line }) => line))}::int[],
                  ${textArray(postings.map(({ account }) => account))}::text[],
                  ${textArray(postings.map(({ amountUallo }) => amountUallo.toString()))}::numeric[])
           AS p (place, line, account, amount)
      JOIN placed USING (place)`;
}

function assertBalanced({ key, postings }: Transfer): void {
  const judged = verdict(postings);
  if (!judged.accepted) throw new Error(`transfer ${key} is none: ${judged.code}`);
}

async function saveTopics(tx: Tx, { topics }: LoadedBook): Promise<void> {
  const { rows } = split(topics, (id, topic) => ({
    topic_id: id,
    epoch_length_blocks: topic.epochLengthBlocks,
    fee_revenue_uallo: topic.feeRevenueUallo,
    pending_fees: topic.pendingFees.map(({ countNonce, amountUallo }) => ({
      count_nonce: countNonce,
      amount_uallo: amountUallo,
    })),
    weight: topic.weight,
    stake_uallo: topic.stakeUallo,
    active: topic.active,
    taken_nonce: topic.takenNonce,
    paid_nonce: topic.paidNonce,
  }));
  if (rows.length === 0) return;
  await tx.$executeRaw`
    WITH changed AS (
      SELECT * FROM json_to_recordset(${json(rows)}::json) AS c (topic_id bigint, epoch_length_blocks bigint,
        fee_revenue_uallo numeric, pending_fees jsonb, weight float8, stake_uallo numeric, active boolean, taken_nonce bigint, paid_nonce bigint)
    ), progress AS (
      INSERT INTO rewards.topic_progress (topic_id, taken_nonce, paid_nonce)
      SELECT topic_id, nullif(taken_nonce, 0), nullif(paid_nonce, 0) FROM changed
      ON CONFLICT (topic_id) DO UPDATE
        SET taken_nonce = coalesce(excluded.taken_nonce, topic_progress.taken_nonce),
            paid_nonce = coalesce(excluded.paid_nonce, topic_progress.paid_nonce)
    )
    UPDATE rewards.topics t
       SET epoch_length_blocks = c.epoch_length_blocks, fee_revenue_uallo = c.fee_revenue_uallo, pending_fees = c.pending_fees, weight = c.weight,
           stake_uallo = c.stake_uallo, active = c.active
      FROM changed c WHERE t.topic_id = c.topic_id`;
}

async function saveDelegations(tx: Tx, { delegations }: LoadedBook): Promise<void> {
  const { rows, gone } = split(delegations, (key, { accruedUallo, settledIndex, segments }) => ({
    key,
    accrued_uallo: accruedUallo,
    settled_index: settledIndex,
    after_nonces: segments.map(({ afterNonce }) => afterNonce),
    shares_uallo: segments.map(({ sharesUallo }) => sharesUallo),
  }));
  if (rows.length > 0) {
    await tx.$executeRaw`
      INSERT INTO rewards.delegations (topic_id, reputer, holder, accrued_uallo, settled_index, after_nonces, shares_uallo)
      SELECT split_part(key, ':', 1)::bigint, split_part(key, ':', 2), split_part(key, ':', 3), accrued_uallo, settled_index,
             after_nonces, shares_uallo
        FROM json_to_recordset(${json(rows)}::json)
             AS c (key text, accrued_uallo numeric, settled_index numeric, after_nonces bigint[], shares_uallo numeric[])
      ON CONFLICT (topic_id, reputer, holder) DO UPDATE
        SET accrued_uallo = excluded.accrued_uallo, settled_index = excluded.settled_index,
            after_nonces = excluded.after_nonces, shares_uallo = excluded.shares_uallo`;
  }
  if (gone.length > 0) {
    await tx.$executeRaw`
      DELETE FROM rewards.delegations WHERE (topic_id, reputer, holder) IN (
        SELECT split_part(key, ':', 1)::bigint, split_part(key, ':', 2), split_part(key, ':', 3)
          FROM unnest(${textArray(gone)}::text[]) AS key)`;
  }
}

async function savePools(tx: Tx, { pools, indexes }: LoadedBook): Promise<void> {
  const { rows } = split(pools, (key, { index, carry }) => ({ key, index, carry }));
  if (rows.length > 0) {
    await tx.$executeRaw`
      INSERT INTO rewards.delegation_pools (topic_id, reputer, index, carry)
      SELECT split_part(key, ':', 1)::bigint, split_part(key, ':', 2), index, carry
        FROM json_to_recordset(${json(rows)}::json) AS c (key text, index numeric, carry numeric)
      ON CONFLICT (topic_id, reputer) DO UPDATE SET index = excluded.index, carry = excluded.carry`;
  }
  const { rows: steps } = split(indexes, (key, index) => ({ key, index }));
  if (steps.length === 0) return;
  await tx.$executeRaw`
    INSERT INTO rewards.delegation_indexes (topic_id, reputer, nonce, index)
    SELECT split_part(key, ':', 1)::bigint, split_part(key, ':', 2), split_part(key, ':', 3)::bigint, index
      FROM json_to_recordset(${json(steps)}::json) AS c (key text, index numeric)`;
}

async function saveValidators(tx: Tx, { validators }: LoadedBook): Promise<void> {
  const { rows, gone } = split(validators, (address, { accruedUallo, settledIndex }) => ({
    address,
    accrued_uallo: accruedUallo,
    settled_index: settledIndex,
  }));
  if (rows.length > 0) {
    await tx.$executeRaw`
      INSERT INTO rewards.validators (address, accrued_uallo, settled_index)
      SELECT * FROM json_to_recordset(${json(rows)}::json)
        AS c (address text, accrued_uallo numeric, settled_index numeric)
      ON CONFLICT (address) DO UPDATE
        SET accrued_uallo = excluded.accrued_uallo, settled_index = excluded.settled_index`;
  }
  if (gone.length > 0) {
    await tx.$executeRaw`DELETE FROM rewards.validators WHERE address = ANY (${textArray(gone)}::text[])`;
  }
}

async function saveRemovals(tx: Tx, { removals }: LoadedBook): Promise<void> {
  const { rows, gone } = split(removals, (account, removal) => ({
    account,
    holder: removal.holder,
    topic_id: removal.topicId,
    reputer: removal.reputer,
    amount_uallo: removal.amountUallo,
    requested_height: removal.requestedHeight,
    due_height: removal.dueHeight,
  }));
  if (gone.length > 0) {
    await tx.$executeRaw`DELETE FROM rewards.stake_removals WHERE account = ANY (${textArray(gone)}::text[])`;
  }
  if (rows.length === 0) return;
  await tx.$executeRaw`
    INSERT INTO rewards.stake_removals
           (account, holder, topic_id, reputer, amount_uallo, requested_height, due_height)
    SELECT * FROM json_to_recordset(${json(rows)}::json) AS c (account text, holder text, topic_id bigint, reputer text,
      amount_uallo numeric, requested_height bigint, due_height bigint)
    ON CONFLICT (account) DO UPDATE
      SET amount_uallo = excluded.amount_uallo, requested_height = excluded.requested_height,
          due_height = excluded.due_height`;
}

async function saveOwed(tx: Tx, { owed }: LoadedBook): Promise<void> {
  const { rows, gone } = split(owed, (key, amount_uallo) => ({ key, amount_uallo }));
  const settled = [...gone, ...rows.filter((row) => row.amount_uallo === 0n).map(({ key }) => key)];
  const due = rows.filter((row) => row.amount_uallo !== 0n);
  if (settled.length > 0) {
    await tx.$executeRaw`
      DELETE FROM rewards.owed_fees WHERE (topic_id, address) IN (
        SELECT split_part(key, ':', 1)::bigint, split_part(key, ':', 2) FROM unnest(${textArray(settled)}::text[]) AS key)`;
  }
  if (due.length === 0) return;
  await tx.$executeRaw`
    INSERT INTO rewards.owed_fees (topic_id, address, amount_uallo)
    SELECT split_part(key, ':', 1)::bigint, split_part(key, ':', 2), amount_uallo
      FROM json_to_recordset(${json(due)}::json) AS c (key text, amount_uallo numeric)
    ON CONFLICT (topic_id, address) DO UPDATE SET amount_uallo = excluded.amount_uallo`;
}

async function saveEmissions(tx: Tx, { emissions }: LoadedBook): Promise<void> {
  const { rows } = split(emissions, (_key, emission) => ({
    topic_id: emission.topicId,
    nonce: emission.nonce,
    height: emission.height,
    epoch_length_blocks: emission.epochLengthBlocks,
    weight: emission.weight,
    total_weight: emission.totalWeight,
    block_emission_uallo: emission.blockEmissionUallo,
    amount_uallo: emission.amountUallo,
  }));
  if (rows.length === 0) return;
  await tx.$executeRaw`
    INSERT INTO rewards.epoch_emissions (topic_id, nonce, height, epoch_length_blocks, weight, total_weight,
           block_emission_uallo, amount_uallo)
    SELECT * FROM json_to_recordset(${json(rows)}::json) AS c (topic_id bigint, nonce bigint, height bigint,
      epoch_length_blocks bigint, weight float8, total_weight float8, block_emission_uallo numeric, amount_uallo numeric)`;
}

async function saveHolds(tx: Tx, { holds }: LoadedBook): Promise<void> {
  const { rows } = split(holds, (key, hold) => ({
    key,
    request_hash: hold.requestHash,
    topic_id: hold.topicId,
    fee_uallo: hold.feeUallo,
    parts: hold.parts,
    released_parts: hold.releasedParts,
    released_uallo: hold.releasedUallo,
    refunded_uallo: hold.refundedUallo,
    closed: hold.closed,
  }));
  if (rows.length === 0) return;
  await tx.$executeRaw`
    INSERT INTO rewards.inference_holds (account, request_id, request_hash, topic_id, fee_uallo, parts, released_parts,
           released_uallo, refunded_uallo, closed)
    SELECT split_part(key, ':', 1), split_part(key, ':', 2), decode(request_hash, 'hex'), topic_id, fee_uallo, parts,
           released_parts, released_uallo, refunded_uallo, closed
      FROM json_to_recordset(${json(rows)}::json) AS c (key text, request_hash text, topic_id bigint, fee_uallo numeric,
        parts int, released_parts int, released_uallo numeric, refunded_uallo numeric, closed boolean)
    ON CONFLICT (account, request_id) DO UPDATE
      SET released_parts = excluded.released_parts, released_uallo = excluded.released_uallo,
          refunded_uallo = excluded.refunded_uallo, closed = excluded.closed`;
}

async function saveNetwork(tx: Tx, { network }: LoadedBook): Promise<void> {
  await tx.$executeRaw`
    UPDATE rewards.network SET
      height = ${BigInt(network.height)}, rate = ${network.rate?.toString() ?? null}::numeric,
      block_emission_uallo = ${network.blockEmissionUallo.toString()}::numeric,
      ecosystem_minted_uallo = ${network.ecosystemMintedUallo.toString()}::numeric,
      reputers_percent = ${network.reputersPercent.toString()}::numeric,
      month_rewards_uallo = ${network.monthRewardsUallo.toString()}::numeric,
      month_reputers_uallo = ${network.monthReputersUallo.toString()}::numeric,
      total_weight = ${String(network.totalWeight)}::float8,
      topic_stake_uallo = ${network.topicStakeUallo.toString()}::numeric,
      validator_stake_uallo = ${network.validatorStakeUallo.toString()}::numeric,
      validator_index = ${network.validatorIndex.toString()}::numeric,
      validator_carry = ${network.validatorCarry.toString()}::numeric`;
}

const orNulls = (values: readonly (number | undefined)[]): string =>
  `{${values.map((value) => value ?? 'NULL').join(',')}}`;

/** Amounts as text: numbers of JSON would lose digits in whoever reads them as doubles. */
const json = (rows: readonly object[]): string =>
  JSON.stringify(rows, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value));

function split<V, R>(all: Rows<V>, rowOf: (key: string, value: V) => R): { rows: R[]; gone: string[] } {
  const rows: R[] = [];
  const gone: string[] = [];
  for (const [key, value] of all.changes()) {
    if (value === undefined) gone.push(key);
    else rows.push(rowOf(key, value));
  }
  return { rows, gone };
}
