import {
  delegationAccount,
  participantAccount,
  validatorStakeAccount,
} from '@allora/protocol/economy/accounts';
import { claimableUallo, poolOf } from '@allora/protocol/economy/delegation';
import { settleValidator } from '@allora/protocol/economy/validators';
import { Database, type Tx } from '@allora/store/database';
import { Injectable } from '@nestjs/common';
import { type LoadedBook } from './book-load';
import { BookStore } from './book.store';
import { wants } from './book-wants';

export interface StakeInTopic {
  readonly topicId: number;
  readonly ownUallo: bigint;
  readonly delegatedUallo: bigint;
}

export interface HeldDelegation {
  readonly topicId: number;
  readonly reputer: string;
  readonly amountUallo: bigint;
  readonly claimableUallo: bigint;
}

export interface HeldRemoval {
  readonly kind: 'stake' | 'delegation' | 'validator';
  /** Null of a validator's stake. */
  readonly topicId: number | null;
  readonly reputer: string | null;
  readonly amountUallo: bigint;
  readonly requestedHeight: number;
  readonly dueHeight: number;
}

/** Everything that an address has in the economy. */
export interface AccountView {
  readonly balanceUallo: bigint;
  readonly stakes: readonly StakeInTopic[];
  readonly delegations: readonly HeldDelegation[];
  readonly removals: readonly HeldRemoval[];
  readonly validator: { readonly stakeUallo: bigint; readonly claimableUallo: bigint } | null;
  readonly owedFees: readonly { readonly topicId: number; readonly amountUallo: bigint }[];
}

/** One posting on an account of an address. */
export interface StatementLine {
  readonly transferId: number;
  readonly kind: string;
  readonly topicId: number | null;
  readonly nonce: number | null;
  readonly account: string;
  readonly amountUallo: string;
  readonly atMs: number;
}

/** What an address has and what moved it. */
@Injectable()
export class AccountsStore {
  constructor(
    private readonly database: Database,
    private readonly books: BookStore,
  ) {}

  /** As it is at one moment. */
  view(address: string): Promise<AccountView> {
    return this.database.prisma.$transaction((tx) => this.read(tx, address), {
      isolationLevel: 'RepeatableRead',
    });
  }

  private async read(tx: Tx, address: string): Promise<AccountView> {
    const delegations = await tx.delegation.findMany({
      where: { holder: address },
      select: { topicId: true, reputer: true },
      orderBy: [{ topicId: 'asc' }, { reputer: 'asc' }],
    });
    const held = delegations.map(({ topicId, reputer }) => ({
      topicId: Number(topicId),
      reputer,
      holder: address,
    }));
    const book = await this.books.load(
      tx,
      wants({
        accounts: [
          participantAccount(address),
          validatorStakeAccount(address),
          ...held.map(({ topicId, reputer }) => delegationAccount(topicId, reputer, address)),
        ],
        delegations: held,
        pools: held,
        validators: [address],
      }),
    );
    const owed = await tx.owedFee.findMany({ where: { address }, orderBy: { topicId: 'asc' } });
    return {
      balanceUallo: book.balances.get(participantAccount(address)) ?? 0n,
      stakes: await stakesOf(tx, address),
      delegations: held
        .map((delegation) => delegationOf(book, delegation))
        .filter((delegation) => delegation.amountUallo > 0n || delegation.claimableUallo > 0n),
      removals: await removalsOf(tx, address),
      validator: validatorOf(book, address),
      owedFees: owed.map(({ topicId, amountUallo }) => ({
        topicId: Number(topicId),
        amountUallo: BigInt(amountUallo.toFixed(0)),
      })),
    };
  }

  /** Postings of the latest transfers before one that moved something of the address, newest first. */
  async statement(address: string, beforeId: number, transfers: number): Promise<StatementLine[]> {
    const rows = await this.database.prisma.$queryRaw<
      {
        id: bigint;
        kind: string;
        topic_id: bigint | null;
        nonce: bigint | null;
        account: string;
        amount: string;
        created_at: Date;
      }[]
    >`
      WITH moved AS (
        SELECT DISTINCT latest.transfer_id AS id
          FROM rewards.accounts a CROSS JOIN LATERAL (
            SELECT p.transfer_id FROM rewards.postings p
             WHERE p.account_name = a.name AND p.transfer_id < ${BigInt(beforeId)}::bigint
             ORDER BY p.transfer_id DESC LIMIT ${transfers}::int) AS latest
         WHERE a.owner = ${address} ORDER BY id DESC LIMIT ${transfers}::int
      )
      SELECT t.id, t.kind, t.topic_id, t.nonce, p.account_name AS account, p.amount_uallo::text AS amount, t.created_at
        FROM moved JOIN rewards.transfers t USING (id)
        JOIN rewards.postings p ON p.transfer_id = t.id
        JOIN rewards.accounts a ON a.name = p.account_name AND a.owner = ${address}
       ORDER BY t.id DESC, p.line`;
    return rows.map((row) => ({
      transferId: Number(row.id),
      kind: row.kind,
      topicId: row.topic_id === null ? null : Number(row.topic_id),
      nonce: row.nonce === null ? null : Number(row.nonce),
      account: row.account,
      amountUallo: row.amount,
      atMs: row.created_at.getTime(),
    }));
  }
}

/** Own stakes of a reputer, and what is delegated to it. */
async function stakesOf(tx: Tx, reputer: string): Promise<StakeInTopic[]> {
  const rows = await tx.$queryRaw<{ topic_id: bigint; own: string; delegated: string }[]>`
    SELECT topic_id, coalesce(sum(balance_uallo) FILTER (WHERE kind = 'stake'), 0)::text AS own,
           coalesce(sum(balance_uallo) FILTER (WHERE kind = 'delegation'), 0)::text AS delegated
      FROM rewards.accounts
     WHERE topic_id IN (SELECT topic_id FROM rewards.accounts WHERE owner = ${reputer} AND kind = 'stake')
       AND kind IN ('stake', 'delegation') AND reputer = ${reputer}
     GROUP BY topic_id HAVING sum(balance_uallo) > 0 ORDER BY topic_id`;
  return rows.map(({ topic_id, own, delegated }) => ({
    topicId: Number(topic_id),
    ownUallo: BigInt(own),
    delegatedUallo: BigInt(delegated),
  }));
}

async function removalsOf(tx: Tx, holder: string): Promise<HeldRemoval[]> {
  const rows = await tx.stakeRemoval.findMany({
    where: { holder },
    orderBy: [{ dueHeight: 'asc' }, { account: 'asc' }],
  });
  return rows.map((row) => {
    const isValidators = row.topicId === 0n;
    return {
      kind: isValidators ? 'validator' : row.reputer === holder ? 'stake' : 'delegation',
      topicId: isValidators ? null : Number(row.topicId),
      reputer: isValidators ? null : row.reputer,
      amountUallo: BigInt(row.amountUallo.toFixed(0)),
      requestedHeight: Number(row.requestedHeight),
      dueHeight: Number(row.dueHeight),
    };
  });
}

function delegationOf(
  book: LoadedBook,
  { topicId, reputer, holder }: { topicId: number; reputer: string; holder: string },
): HeldDelegation {
  const stored = book.delegations.get(`${topicId}:${reputer}:${holder}`);
  return {
    topicId,
    reputer,
    amountUallo: book.balances.get(delegationAccount(topicId, reputer, holder)) ?? 0n,
    claimableUallo: stored ? claimableUallo(stored, poolOf(book, topicId, reputer)) : 0n,
  };
}

function validatorOf(book: LoadedBook, address: string): AccountView['validator'] {
  const stakeUallo = book.balances.get(validatorStakeAccount(address)) ?? 0n;
  const claimable = settleValidator(book, address)?.accruedUallo ?? 0n;
  return stakeUallo === 0n && claimable === 0n ? null : { stakeUallo, claimableUallo: claimable };
}
