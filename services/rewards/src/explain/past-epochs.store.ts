import { EPOCH_REWARDS } from '@allora/protocol/economy/accounts';
import type { SetAside } from '@allora/protocol/explain/worked-epoch';
import { Database } from '@allora/store/database';
import { Injectable } from '@nestjs/common';
import { type SettledEpoch, SettledEpochsStore } from '../settled-epochs.store';

/** A settled epoch as it was stored, with what the ledger moved for it. */
export interface PastEpoch {
  readonly settled: SettledEpoch;
  readonly setAside: SetAside;
  /** What the transfer that set its emission aside put there. */
  readonly reservedUallo: bigint;
  /** What its payment moved, by account. */
  readonly moved: ReadonlyMap<string, bigint>;
}

@Injectable()
export class PastEpochsStore {
  constructor(
    private readonly database: Database,
    private readonly settledEpochs: SettledEpochsStore,
  ) {}

  /** Undefined for an epoch that is not settled. */
  async find(topicId: number, nonce: number): Promise<PastEpoch | undefined> {
    const settled = await this.settledEpochs.find(topicId, nonce);
    const emission = await this.database.prisma.epochEmission.findUnique({
      where: { topicId_nonce: { topicId: BigInt(topicId), nonce: BigInt(nonce) } },
    });
    if (!settled || !emission) return undefined;
    const reserved = await this.movedBy(`epoch-emission:${topicId}:${nonce}`);
    return {
      settled,
      setAside: {
        weight: emission.weight,
        totalWeight: emission.totalWeight,
        blockEmissionUallo: BigInt(emission.blockEmissionUallo.toFixed(0)),
        epochLengthBlocks: Number(emission.epochLengthBlocks),
        amountUallo: BigInt(emission.amountUallo.toFixed(0)),
      },
      reservedUallo: reserved.get(EPOCH_REWARDS) ?? 0n,
      moved: await this.movedBy(`epoch-rewards:${topicId}:${nonce}`),
    };
  }

  private async movedBy(key: string): Promise<ReadonlyMap<string, bigint>> {
    const rows = await this.database.prisma.$queryRaw<{ account: string; amount: string }[]>`
      SELECT p.account_name AS account, sum(p.amount_uallo)::text AS amount
        FROM rewards.transfers t JOIN rewards.postings p ON p.transfer_id = t.id
       WHERE t.key = ${key} GROUP BY p.account_name`;
    return new Map(rows.map(({ account, amount }) => [account, BigInt(amount)]));
  }
}
