import { RefusalError } from '@allora/contracts/errors';
import { topicIdText } from '@allora/service-kit/form';
import { ZodPipe } from '@allora/service-kit/zod.pipe';
import { Controller, HttpCode, Param, Post } from '@nestjs/common';
import { z } from 'zod';
import { PastEpochMetrics } from '../explain/past-epoch-metrics';
import { PastEpochsStore } from '../explain/past-epochs.store';
import { EpochInputs } from '../simulate/epoch-inputs';
import { type VerifiedEpoch, verifyEpoch } from './verify-epoch';

const nonceText = z
  .string()
  .regex(/^\d{1,15}$/, 'expected a nonce')
  .transform(Number);

/** For operators. */
@Controller('operations/topics')
export class VerifyHttp {
  constructor(
    private readonly epochs: PastEpochsStore,
    private readonly inputs: EpochInputs,
    private readonly metrics: PastEpochMetrics,
  ) {}

  @Post(':id/epochs/:nonce/verification')
  @HttpCode(200)
  async verify(
    @Param('id', new ZodPipe(topicIdText)) topicId: number,
    @Param('nonce', new ZodPipe(nonceText)) nonce: number,
  ): Promise<VerifiedEpoch> {
    const past = await this.epochs.find(topicId, nonce);
    if (!past) {
      const detail = `topic ${topicId} has settled no epoch ${nonce}`;
      throw new RefusalError('UNKNOWN_EPOCH', detail, { topicId, nonce });
    }
    const { past: inputs, inference } = await this.inputs.load({ topicId, nonce });
    const verified = verifyEpoch(past, inputs, inference);
    this.metrics.verified(verified.verified);
    return verified;
  }
}
