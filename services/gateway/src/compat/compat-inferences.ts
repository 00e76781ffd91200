import { RefusalError } from '@allora/contracts/errors';
import { Clock } from '@allora/service-kit/clock';
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { GATEWAY_CONFIG, type GatewayConfig } from '../config';
import { KnownTopics } from '../known-topics';
import { LatestInferences } from '../latest-inferences';
import { EvmSigner } from './evm-signer';
import { TOKEN_DECIMALS, type ValueType } from './fixed-point';
import { inferenceData } from './inference-data';
import { priceKey, priceTopicsOf } from './settings';

/** The parts of the served inference that this answer is made of. */
const latestShape = z.object({
  nonce: z.number(),
  combined: z.number().nullable(),
  confidenceValues: z.array(z.number()),
  times: z.object({ inferenceMs: z.number().nullable() }),
});

/** The latest inference of a topic, signed for a contract. */
@Injectable()
export class CompatInferences {
  private readonly priceTopics: ReadonlyMap<string, number>;

  constructor(
    @Inject(GATEWAY_CONFIG) config: GatewayConfig,
    private readonly signer: EvmSigner,
    private readonly latest: LatestInferences,
    private readonly known: KnownTopics,
    private readonly clock: Clock,
  ) {
    this.priceTopics = priceTopicsOf(config.priceTopics);
  }

  async ofTopic(topicId: number, format: string, valueType: ValueType) {
    const sign = this.signer.signerOf(format);
    const { combined, confidenceValues, nonce, times } = await this.require(topicId);
    // Of this moment: contracts take a signature for about an hour after its time, however long the value stands.
    const timestampSeconds = Math.floor(this.clock.nowMs() / 1_000);
    const { body, signed } = inferenceData({
      topicId,
      combined,
      confidenceValues,
      valueType,
      timestampSeconds,
    });
    return {
      signature: sign(signed),
      token_decimals: TOKEN_DECIMALS,
      inference_data: body,
      nonce,
      inferred_at: times.inferenceMs === null ? null : Math.floor(times.inferenceMs / 1_000),
    };
  }

  async ofPrice(asset: string, timeframe: string, format: string, valueType: ValueType) {
    const topicId = this.priceTopics.get(priceKey(asset, timeframe));
    if (topicId === undefined)
      throw new RefusalError('NOT_FOUND', `no topic gives the price of ${asset} over ${timeframe}`);
    return this.ofTopic(topicId, format, valueType);
  }

  private async require(topicId: number) {
    const body = await this.latest.read(topicId);
    if (body === undefined) await this.known.require(topicId);
    const inference = body === undefined ? undefined : latestShape.parse(JSON.parse(body));
    if (!inference || inference.combined === null) {
      throw new RefusalError('NO_INFERENCE_YET', `topic ${topicId} has no network inference yet`, {
        topicId,
      });
    }
    return { ...inference, combined: inference.combined };
  }
}
