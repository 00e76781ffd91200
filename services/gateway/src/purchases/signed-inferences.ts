import { RefusalError } from '@allora/contracts/errors';
import type {
  EvmInferenceSignature,
  SignedInference,
} from '@allora/contracts/gen/allora/gateway/v1/purchases';
import type { NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import { Clock } from '@allora/service-kit/clock';
import { NetworkKey } from '@allora/service-kit/network-key';
import { Injectable } from '@nestjs/common';
import { EvmSigner } from '../compat/evm-signer';
import { inferenceData } from '../compat/inference-data';
import { FactsStore } from '../facts.store';
import { PERCENTILES } from '../inference-view';
import { weightShares } from '../weight-shares';
import type { PurchaseRecord } from './purchase-record';

/** The network's word to a buyer. */
@Injectable()
export class SignedInferences {
  constructor(
    private readonly facts: FactsStore,
    private readonly key: NetworkKey,
    private readonly evm: EvmSigner,
    private readonly clock: Clock,
  ) {}

  /** What the network inferred at a nonce, for one part of a purchase. */
  async sign(
    { id, request, purchase }: PurchaseRecord,
    nonce: number,
    part: number,
  ): Promise<SignedInference> {
    const { topicId, account, requestId } = request;
    const { inference, inferenceMs } = await this.facts.epoch(topicId, nonce);
    if (!inference) throw new Error(`topic ${topicId} has lost its inference at ${nonce}`);
    const values = inference.confidenceValues;
    const hasInterval = values.length === PERCENTILES.length;
    const value = {
      ...{ topicId, nonce, value: String(inference.combined) },
      intervalPercentiles: hasInterval ? PERCENTILES.map(String) : [],
      intervalValues: hasInterval ? values.map(String) : [],
      effectiveWorkers: String(weightShares(inference).effectiveWorkers),
      producedAtMs: inferenceMs ?? 0,
      requestHash: new Uint8Array(Buffer.from(id, 'hex')),
      ...{ account, requestId, part, parts: purchase.parts },
    };
    const signed = this.key.signMessage({ $case: 'inferenceStatement', value });
    return { statement: value, signed, chargedUallo: '', ledgerKey: '', evm: this.forContracts(inference) };
  }

  private forContracts(inference: NetworkInference): EvmInferenceSignature[] {
    return [...this.evm.consumers.keys()].flatMap((format) => this.forContract(format, inference) ?? []);
  }

  /** With a sign where there is a value below zero; none for numbers that no word of a contract holds. */
  private forContract(format: string, inference: NetworkInference): EvmInferenceSignature | undefined {
    const { topicId, combined, confidenceValues } = inference;
    const isSigned = [combined, ...confidenceValues].some((value) => value < 0);
    const valueType = isSigned ? 'int256' : 'uint256';
    const timestampSeconds = Math.floor(this.clock.nowMs() / 1_000);
    try {
      const { body, signed } = inferenceData({
        topicId,
        combined,
        confidenceValues,
        valueType,
        timestampSeconds,
      });
      return {
        ...{ format, valueType },
        networkInference: body.network_inference,
        confidenceIntervalPercentiles: body.confidence_interval_percentiles,
        confidenceIntervalValues: body.confidence_interval_values,
        timestamp: body.timestamp,
        extraData: body.extra_data,
        signature: this.evm.signerOf(format)(signed),
      };
    } catch (error) {
      if (error instanceof RefusalError && error.code === 'NOT_REPRESENTABLE') return undefined;
      throw error;
    }
  }
}
