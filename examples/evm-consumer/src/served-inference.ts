import type { Hex } from 'viem';

/** `data` of the gateway's answer on `/v2/allora/consumer/ethereum-<chain id>`, as far as a contract needs it. */
export interface ServedInference {
  readonly signature: string;
  readonly inference_data: {
    /** Times 10^18, decimal digits. */
    readonly network_inference: string;
    readonly confidence_interval_percentiles: readonly string[];
    readonly confidence_interval_values: readonly string[];
    readonly topic_id: string;
    /** Unix seconds. */
    readonly timestamp: number;
    /** Hex. */
    readonly extra_data: string;
  };
}

const hex = (text: string): Hex => `0x${text.replace(/^0x/, '')}`;
/** A contract's words have no sign: what is below zero goes in as two's complement. */
const word = (digits: string): bigint => BigInt.asUintN(256, BigInt(digits));

/** The one argument of the contract's `verifyNetworkInference` and `verifyNetworkInferenceViewOnly`. */
export const consumerArgument = ({ signature, inference_data: data }: ServedInference) => ({
  signature: hex(signature),
  networkInference: {
    networkInference: word(data.network_inference),
    confidenceIntervalPercentiles: data.confidence_interval_percentiles.map(word),
    confidenceIntervalValues: data.confidence_interval_values.map(word),
    timestamp: BigInt(data.timestamp),
    topicId: BigInt(data.topic_id),
    extraData: hex(data.extra_data),
  },
  extraData: hex(''),
});

export type ConsumerArgument = ReturnType<typeof consumerArgument>;
