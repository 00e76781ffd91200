import type { EconomyRules, NetworkState, TopicState } from './book';
import { feesOf, weightNow } from './topic-life';

/** Where a topic would stand right after a fee entered the treasury as its revenue. */
export interface PricedFee {
  readonly feeUallo: bigint;
  /** Weight that its epoch would end with (section 10). */
  readonly weight: number;
  /** Of the weights of all topics, from 0 to 1; 0 while there are none. */
  readonly share: number;
  /** Of what a block emits for topics, its epoch's part, uallo; an estimate: other topics' weights change too. */
  readonly epochEmissionUallo: number;
  readonly active: boolean;
}

export interface PriceGuide {
  /** Least fee of a purchase. */
  readonly minFeeUallo: bigint;
  /** Weight below which a topic opens no further epoch. */
  readonly minWeight: number;
  /** Without any further fee. */
  readonly now: PricedFee;
  /** 0 for a topic that is active; null when no fee is enough, as with no stake. */
  readonly activatingFeeUallo: bigint | null;
  readonly fees: readonly PricedFee[];
}

/** More than there will ever be of uallo. */
const FEE_MAX_UALLO = 10n ** 28n;

/**
 * What fees buy of a topic as it stands: the same weighing as that of a payment, whose revenue counts at once. A fee that is held
 * for a delivery counts when it is delivered.
 *
 * @param fees of which to tell; whole uallo from 0 on.
 */
export function priceGuide(
  topic: TopicState,
  network: NetworkState,
  rules: Pick<EconomyRules, 'minTopicWeight'>,
  fees: readonly bigint[],
): PriceGuide {
  const priced = (feeUallo: bigint): PricedFee => {
    const weight = weightWith(topic, network, feeUallo);
    const total = network.totalWeight - (topic.weight ?? 0) + weight;
    const share = total > 0 ? Math.min(1, weight / total) : 0;
    return {
      feeUallo,
      weight,
      share,
      epochEmissionUallo: share * Number(network.blockEmissionUallo) * topic.epochLengthBlocks,
      active: topic.active || (feeUallo > 0n && weight >= rules.minTopicWeight),
    };
  };
  return {
    minFeeUallo: topic.minInferenceFeeUallo,
    minWeight: rules.minTopicWeight,
    now: priced(0n),
    activatingFeeUallo: topic.active ? 0n : activatingFee(topic, network, rules.minTopicWeight),
    fees: fees.map(priced),
  };
}

const weightWith = (topic: TopicState, network: NetworkState, feeUallo: bigint): number =>
  weightNow({ ...topic, pendingFees: [], feeRevenueUallo: feesOf(topic) + feeUallo }, network);

/** By halves: more fees never weigh less. */
function activatingFee(topic: TopicState, network: NetworkState, minWeight: number): bigint | null {
  const isEnough = (feeUallo: bigint) => weightWith(topic, network, feeUallo) >= minWeight;
  if (!isEnough(FEE_MAX_UALLO)) return null;
  // What is not paid moves nothing, so the least fee is 1.
  let [low, high] = [0n, FEE_MAX_UALLO];
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (isEnough(middle)) high = middle;
    else low = middle;
  }
  return high;
}
