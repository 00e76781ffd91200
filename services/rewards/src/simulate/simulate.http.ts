import { RefusalError } from '@allora/contracts/errors';
import { simulateEpoch, type SimulationQuestion } from '@allora/public-api/routes/past-epochs';
import { ZodPipe } from '@allora/service-kit/zod.pipe';
import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { PastEpochMetrics } from '../explain/past-epoch-metrics';
import { PastEpochsStore } from '../explain/past-epochs.store';
import { toJson } from '../json';
import { EpochInputs } from './epoch-inputs';
import { simulate } from './simulate';

@Controller('v1/simulate')
export class SimulateHttp {
  constructor(
    private readonly epochs: PastEpochsStore,
    private readonly inputs: EpochInputs,
    private readonly metrics: PastEpochMetrics,
  ) {}

  @Post('epoch')
  @HttpCode(200)
  async epoch(@Body(new ZodPipe(simulateEpoch.body)) question: SimulationQuestion) {
    const { topicId, nonce } = question;
    const past = await this.epochs.find(topicId, nonce);
    if (!past) {
      throw new RefusalError('UNKNOWN_EPOCH', `topic ${topicId} has settled no epoch ${nonce}`, {
        topicId,
        nonce,
      });
    }
    const [{ past: inputs, inference }, lossMethod] = await Promise.all([
      this.inputs.load({ topicId, nonce }),
      this.inputs.lossMethod(topicId),
    ]);
    const simulation = { past, inputs, told: inference, lossMethod };
    return toJson(this.metrics.count('simulation', () => simulate(simulation, question)));
  }
}
