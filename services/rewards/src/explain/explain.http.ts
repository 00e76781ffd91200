import { RefusalError } from '@allora/contracts/errors';
import { addressText, topicIdText } from '@allora/service-kit/form';
import { ZodPipe } from '@allora/service-kit/zod.pipe';
import { Controller, Get, Param } from '@nestjs/common';
import { z } from 'zod';
import { explainedRewards } from './explained-rewards';
import { PastEpochMetrics } from './past-epoch-metrics';
import { PastEpochsStore } from './past-epochs.store';

const nonceText = z
  .string()
  .regex(/^\d{1,15}$/, 'expected a nonce')
  .transform(Number);

@Controller('v1/topics')
export class ExplainHttp {
  constructor(
    private readonly epochs: PastEpochsStore,
    private readonly metrics: PastEpochMetrics,
  ) {}

  @Get(':id/epochs/:nonce/rewards/:address')
  async explain(
    @Param('id', new ZodPipe(topicIdText)) topicId: number,
    @Param('nonce', new ZodPipe(nonceText)) nonce: number,
    @Param('address', new ZodPipe(addressText)) address: string,
  ) {
    const past = await this.epochs.find(topicId, nonce);
    if (!past) {
      throw new RefusalError('UNKNOWN_EPOCH', `topic ${topicId} has settled no epoch ${nonce}`, {
        topicId,
        nonce,
      });
    }
    return this.metrics.count('explanation', () => explainedRewards(past, address));
  }
}
