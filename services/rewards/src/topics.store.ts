import type { Topic } from '@allora/contracts/gen/allora/topics/v1/topics';
import { Database, type Tx } from '@allora/store/database';
import { Injectable } from '@nestjs/common';
import { BookStore } from './book.store';

/** Topics that exist, from whoever tells of them first. */
@Injectable()
export class TopicsStore {
  constructor(
    private readonly database: Database,
    private readonly books: BookStore,
  ) {}

  learn(topic: Topic): Promise<void> {
    return this.database.transaction((tx) => this.save(tx, topic));
  }

  /** The fee of its creation is its first revenue, once. A topic heard of before its own record came is filled in. */
  async save(tx: Tx, { id, creator, params, active, creationFeeUallo }: Topic): Promise<void> {
    await this.books.lock(tx);
    const [length, fee] = [BigInt(params?.epochLengthBlocks ?? 1), creationFeeUallo ?? '0'];
    const minFee = params?.minInferenceFeeUallo || '0';
    await tx.$executeRaw`
      INSERT INTO rewards.topics AS t
             (topic_id, creator, epoch_length_blocks, fee_revenue_uallo, min_inference_fee_uallo, active)
      VALUES (${BigInt(id)}, ${creator}, ${length}, ${fee}::numeric, ${minFee}::numeric, ${active})
      ON CONFLICT (topic_id) DO UPDATE
        SET creator = excluded.creator, epoch_length_blocks = excluded.epoch_length_blocks,
            fee_revenue_uallo = t.fee_revenue_uallo + excluded.fee_revenue_uallo
        WHERE t.creator = '' AND excluded.creator <> ''`;
    await tx.$executeRaw`
      UPDATE rewards.topics SET min_inference_fee_uallo = ${minFee}::numeric
       WHERE topic_id = ${BigInt(id)} AND min_inference_fee_uallo <> ${minFee}::numeric`;
  }

  /** In a transaction that holds the ledger: a topic that something was heard of exists, though its own record is on its way. */
  async expect(
    tx: Tx,
    topics: readonly { readonly topicId: number; readonly epochLengthBlocks: number }[],
  ): Promise<void> {
    if (topics.length === 0) return;
    await tx.topicEconomy.createMany({
      data: topics.map(({ topicId, epochLengthBlocks }) => ({
        topicId: BigInt(topicId),
        creator: '',
        epochLengthBlocks: BigInt(epochLengthBlocks),
      })),
      skipDuplicates: true,
    });
  }
}
