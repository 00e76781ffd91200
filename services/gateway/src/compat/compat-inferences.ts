import { RefusalError } from '@allora/contracts/errors';
import { Clock } from '@allora/service-kit/clock';
import { Inject, Injectable } from '@nestjs/common';
import { GATEWAY_CONFIG, type GatewayConfig } from '../config';
import type { Latest } from '../hot/latest';
import { KnownTopics } from '../known-topics';
import { LatestInferences } from '../latest-inferences';
import { GatewayMetrics } from '../metrics';
import { EvmSigner } from './evm-signer';
import { TOKEN_DECIMALS, type ValueType } from './fixed-point';
import { inferenceData } from './inference-data';
import { priceKey, priceTopicsOf } from './settings';
import { SignedAnswers } from './signed-answers';

/** The latest inference of a topic, signed for a contract, as the JSON text of `data`. */
@Injectable()
export class CompatInferences {
  private readonly priceTopics: ReadonlyMap<string, number>;
  private readonly answers = new SignedAnswers();

  constructor(
    @Inject(GATEWAY_CONFIG) config: GatewayConfig,
    private readonly signer: EvmSigner,
    private readonly latest: LatestInferences,
    private readonly known: KnownTopics,
    private readonly clock: Clock,
    private readonly metrics: GatewayMetrics,
  ) {
    this.priceTopics = priceTopicsOf(config.priceTopics);
  }

  async ofTopic(topicId: number, format: string, valueType: ValueType): Promise<string> {
    const sign = this.signer.signerOf(format);
    const { inference, facts } = await this.require(topicId);
    const { nonce, combined, confidenceValues } = inference;
    // Of this moment: contracts take a signature for about an hour after its time, however long the value stands.
    const timestampSeconds = Math.floor(this.clock.nowMs() / 1_000);
    return this.answers.of({ topicId, format, valueType, nonce, timestampSeconds }, () => {
      const { body, signed } = inferenceData({
        topicId,
        combined,
        confidenceValues,
        valueType,
        timestampSeconds,
      });
      this.metrics.signatures.inc({ format });
      return JSON.stringify({
        signature: sign(signed),
        token_decimals: TOKEN_DECIMALS,
        inference_data: body,
        nonce,
        inferred_at: facts.inferenceMs === undefined ? null : Math.floor(facts.inferenceMs / 1_000),
      });
    });
  }

  async ofPrice(asset: string, timeframe: string, format: string, valueType: ValueType): Promise<string> {
    const topicId = this.priceTopics.get(priceKey(asset, timeframe));
    if (topicId === undefined)
      throw new RefusalError('NOT_FOUND', `no topic gives the price of ${asset} over ${timeframe}`);
    return this.ofTopic(topicId, format, valueType);
  }

  private async require(topicId: number): Promise<Latest> {
    const latest = await this.latest.read(topicId);
    if (latest) return latest;
    await this.known.require(topicId);
    throw new RefusalError('NO_INFERENCE_YET', `topic ${topicId} has no network inference yet`, { topicId });
  }
}
