import { RefusalError } from '@allora/contracts/errors';
import { explainRewards } from '@allora/public-api/routes/past-epochs';
import { ZodPipe } from '@allora/service-kit/zod.pipe';
import { Controller, Get, Param } from '@nestjs/common';
import type { z } from 'zod';
import { explainedRewards } from './explained-rewards';
import { PastEpochMetrics } from './past-epoch-metrics';
import { PastEpochsStore } from './past-epochs.store';

@Controller('v1/topics')
export class ExplainHttp {
  constructor(
    private readonly epochs: PastEpochsStore,
    private readonly metrics: PastEpochMetrics,
  ) {}

  @Get(':id/epochs/:nonce/rewards/:address')
  async explain(
    @Param(new ZodPipe(explainRewards.params))
    { id: topicId, nonce, address }: z.output<typeof explainRewards.params>,
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
