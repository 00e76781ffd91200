/** Rules of a topic as its creator states them; lengths are in blocks. */
export interface TopicRules {
  readonly epochLengthBlocks: number;
  readonly workerWindowBlocks: number;
  readonly groundTruthLagBlocks: number;
  readonly reputerWindowBlocks: number;
  readonly pNorm: number;
  readonly alphaRegret: number;
  readonly epsilon: number;
  readonly meritSortitionAlpha: number;
  readonly activeInfererQuantile: number;
  readonly activeForecasterQuantile: number;
  readonly activeReputerQuantile: number;
  readonly maxActiveInferers: number;
  readonly maxActiveForecasters: number;
  readonly maxActiveReputers: number;
  readonly allowNegative: boolean;
  /** Zero: no commitments are asked for. */
  readonly revealWindowBlocks: number;
}

type NumberField = Exclude<keyof TopicRules, 'allowNegative'>;

export interface ParamViolation {
  readonly field: NumberField;
  readonly value: number;
  /** The rule that the value breaks, for the caller to read. */
  readonly bound: string;
}

export type TopicParamsVerdict =
  | { readonly verdict: 'accepted' }
  | {
      readonly verdict: 'refused';
      readonly code: 'INVALID_TOPIC_PARAMS';
      readonly violations: readonly ParamViolation[];
    };

/** About 95 years of three-second blocks: keeps every sum of heights far inside the exact integers of a double. */
const MAX_LENGTH_BLOCKS = 1_000_000_000;
/** The chain's max_unfulfilled_reputer_requests: epochs of a topic that wait for their truth at once. */
export const MAX_WAITING_EPOCHS = 100;
/** Thirty times the chain's own limits; an epoch's one-out inferences grow with inferers times forecasters. */
const MAX_ACTIVE = 1_000;

interface Bound {
  readonly text: string;
  readonly holds: (value: number, rules: TopicRules) => boolean;
}

const whole = (min: number, max: number): Bound => ({
  text: `a whole number from ${min} to ${max}`,
  holds: (value) => Number.isInteger(value) && value >= min && value <= max,
});
const within = (min: number, max: number): Bound => ({
  text: `from ${min} to ${max}`,
  holds: (value) => value >= min && value <= max,
});
const positiveUpTo = (max: number): Bound => ({
  text: `above 0, at most ${max}`,
  holds: (value) => value > 0 && value <= max,
});
const atMost = (text: string, limit: (rules: TopicRules) => number): Bound => ({
  text: `at most ${text}`,
  holds: (value, rules) => value <= limit(rules),
});
/** Without reveals there is nothing to bound: a worker window that is too long is then told by its own field. */
const revealsAtMost = (field: 'epochLengthBlocks' | 'groundTruthLagBlocks'): Bound => ({
  text: `at most ${field} less workerWindowBlocks`,
  holds: (value, rules) => value === 0 || rules.workerWindowBlocks + value <= rules[field],
});
const waitingBlocks = (rules: TopicRules) => MAX_WAITING_EPOCHS * rules.epochLengthBlocks;
const waitingText = `${MAX_WAITING_EPOCHS} times epochLengthBlocks`;

/** The first bound of a field that is broken is the one that is told. */
const BOUNDS: Readonly<Record<NumberField, readonly Bound[]>> = {
  epochLengthBlocks: [whole(1, MAX_LENGTH_BLOCKS)],
  workerWindowBlocks: [
    whole(1, MAX_LENGTH_BLOCKS),
    atMost('epochLengthBlocks', (rules) => rules.epochLengthBlocks),
    atMost('groundTruthLagBlocks', (rules) => rules.groundTruthLagBlocks),
  ],
  groundTruthLagBlocks: [whole(1, MAX_LENGTH_BLOCKS), atMost(waitingText, waitingBlocks)],
  reputerWindowBlocks: [whole(1, MAX_LENGTH_BLOCKS), atMost(waitingText, waitingBlocks)],
  revealWindowBlocks: [
    whole(0, MAX_LENGTH_BLOCKS),
    revealsAtMost('epochLengthBlocks'),
    revealsAtMost('groundTruthLagBlocks'),
  ],
  pNorm: [within(2.5, 4.5)],
  alphaRegret: [positiveUpTo(1)],
  epsilon: [positiveUpTo(1e6)],
  meritSortitionAlpha: [within(0, 1)],
  activeInfererQuantile: [within(0, 1)],
  activeForecasterQuantile: [within(0, 1)],
  activeReputerQuantile: [within(0, 1)],
  maxActiveInferers: [whole(1, MAX_ACTIVE)],
  maxActiveForecasters: [whole(1, MAX_ACTIVE)],
  maxActiveReputers: [whole(1, MAX_ACTIVE)],
};

const FIELDS = Object.keys(BOUNDS) as NumberField[];

/** Judges all parameters of a topic at once, so that its creator corrects them in one go. */
export function checkTopicParams(rules: TopicRules): TopicParamsVerdict {
  const violations = FIELDS.flatMap((field): ParamViolation[] => {
    const value = rules[field];
    const broken = BOUNDS[field].find((bound) => !bound.holds(value, rules));
    return broken ? [{ field, value, bound: broken.text }] : [];
  });
  return violations.length === 0
    ? { verdict: 'accepted' }
    : { verdict: 'refused', code: 'INVALID_TOPIC_PARAMS', violations };
}
