export type PaidRole = 'inferer' | 'forecaster' | 'reputer';

/** Why an address was paid; the amounts of its roles add up to those above them. */
export interface RewardExplanation {
  readonly topicId: number;
  readonly nonce: number;
  readonly address: string;
  /** paid, empty or undefined. */
  readonly result: string;
  /** Set aside for the epoch. */
  readonly emissionUallo: bigint;
  readonly paidUallo: bigint;
  /** Kept back for fees owed. */
  readonly withheldUallo: bigint;
  /** Shared by its delegators. */
  readonly delegatorsUallo: bigint;
  readonly roles: readonly ExplainedRole[];
}

export interface ExplainedRole {
  readonly role: PaidRole;
  readonly paidUallo: bigint;
  readonly withheldUallo: bigint;
  readonly delegatorsUallo: bigint;
  /** Null when it was paid something. */
  readonly unpaid: { readonly code: string; readonly text: string } | null;
  /** From the score to the whole uallo. */
  readonly steps: readonly WorkedStep[];
  readonly text: string;
}

/** A double, whole uallo as text, a list of doubles, or null for what is not stored. */
export type Quantity = number | string | readonly number[] | null;

/** One line of a worked calculation: the value follows from the inputs by the formula. */
export interface WorkedStep {
  readonly name: string;
  readonly formula: string;
  /** Of the protocol's formulas. */
  readonly section: number;
  readonly inputs: Readonly<Record<string, Quantity>>;
  readonly value: Quantity;
  readonly text: string;
}

/** A past epoch with something changed. */
export interface SimulationRequest {
  readonly topicId: number;
  readonly nonce: number;
  /** Participants left out. */
  readonly without?: readonly string[];
  readonly pNorm?: number;
  /** Whole uallo of reputers whose stake is another. */
  readonly stakes?: Readonly<Record<string, bigint>>;
}

export interface Simulation {
  readonly topicId: number;
  readonly nonce: number;
  readonly emissionUallo: bigint;
  /** Present where losses had to be computed anew: what the reputers took for the truth. */
  readonly recoveredTruth: Readonly<Record<string, unknown>> | null;
  readonly actual: SimulatedEpoch;
  readonly simulated: SimulatedEpoch;
  readonly participants: readonly SimulatedParticipant[];
  /** What the question leaves as it was. */
  readonly notes: readonly string[];
}

export interface SimulatedEpoch {
  readonly inference: {
    readonly mode: string;
    readonly combined: number;
    readonly naive: number;
    readonly confidenceValues: readonly number[];
  } | null;
  /** log10 losses of the network. */
  readonly losses: { readonly combined: number; readonly naive: number } | null;
  readonly outcome: string;
  readonly rewards: {
    readonly result: string;
    readonly chi: number | null;
    readonly gamma: number | null;
    readonly inferenceTaskRewardUallo: number;
    readonly forecastingTaskRewardUallo: number;
    readonly reputationTaskRewardUallo: number;
    readonly paidUallo: bigint;
  };
}

export interface SimulatedParticipant {
  readonly participant: string;
  readonly role: PaidRole;
  readonly actual: ParticipantStanding;
  /** Null of who was left out. */
  readonly simulated: ParticipantStanding | null;
  readonly difference: {
    readonly score: number | null;
    readonly amountUallo: bigint;
    readonly delegatorsUallo: bigint;
  };
}

export interface ParticipantStanding {
  readonly weight: number | null;
  /** Own log10 loss; null for reputers. */
  readonly loss: number | null;
  readonly oneOutLoss: number | null;
  readonly score: number | null;
  /** Of reputers alone. */
  readonly listeningCoefficient: number | null;
  readonly amountUallo: bigint;
  readonly delegatorsUallo: bigint;
}
