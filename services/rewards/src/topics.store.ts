import { Database, type Tx } from '@allora/store/database';
import { Injectable } from '@nestjs/common';

@Injectable()
export class TopicsStore {
  constructor(private readonly database: Database) {}

  async isKnown(topicId: number): Promise<boolean> {
    return (await this.database.prisma.rewardedTopic.count({ where: { topicId: BigInt(topicId) } })) > 0;
  }

  async save(tx: Tx, topicId: number): Promise<void> {
    await tx.rewardedTopic.createMany({ data: [{ topicId: BigInt(topicId) }], skipDuplicates: true });
  }
}
