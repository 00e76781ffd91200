import { EpochScores, NetworkLosses } from '@allora/contracts/gen/allora/reputation/v1/reputation';
import { EpochRewards, RewardRole } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import { InferenceMode, NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import { EpochEvent, EpochPhase, Role } from '@allora/contracts/gen/allora/topics/v1/topics';

export type PhaseKind =
  | 'worker_window_opened'
  | 'reveal_window_opened'
  | 'worker_window_closed'
  | 'reputer_window_opened'
  | 'reputer_window_closed';
export type ResultKind = 'inference' | 'losses' | 'scores' | 'rewards';
export type FactKind = PhaseKind | ResultKind;

/** Every kind, in the order in which an epoch comes to them. */
export const FACT_KINDS: readonly FactKind[] = [
  'worker_window_opened',
  'reveal_window_opened',
  'worker_window_closed',
  'inference',
  'reputer_window_opened',
  'reputer_window_closed',
  'losses',
  'scores',
  'rewards',
];

const phaseKinds: Readonly<Record<EpochPhase, PhaseKind | undefined>> = {
  [EpochPhase.UNSPECIFIED]: undefined,
  [EpochPhase.WORKER_WINDOW_OPENED]: 'worker_window_opened',
  [EpochPhase.WORKER_WINDOW_CLOSED]: 'worker_window_closed',
  [EpochPhase.REPUTER_WINDOW_OPENED]: 'reputer_window_opened',
  [EpochPhase.REPUTER_WINDOW_CLOSED]: 'reputer_window_closed',
  [EpochPhase.REVEAL_WINDOW_OPENED]: 'reveal_window_opened',
};

export const phaseKindOf = ({ phase }: EpochEvent): PhaseKind | undefined => phaseKinds[phase];

/** Whether anybody answered, so that the epoch has a value. */
export const hasValue = ({ mode }: NetworkInference): boolean =>
  mode !== InferenceMode.NONE && mode !== InferenceMode.UNSPECIFIED;

export type RoleText = 'worker' | 'reputer';
export const roleText = (role: Role): RoleText => (role === Role.REPUTER ? 'reputer' : 'worker');

export type StandingRole = 'inferer' | 'forecaster' | 'reputer';
const standingRoles: Readonly<Record<RewardRole, StandingRole>> = {
  [RewardRole.UNSPECIFIED]: 'inferer',
  [RewardRole.INFERER]: 'inferer',
  [RewardRole.FORECASTER]: 'forecaster',
  [RewardRole.REPUTER]: 'reputer',
};
export const standingRole = (role: RewardRole): StandingRole => standingRoles[role];

export interface StoredFact {
  readonly nonce: number;
  readonly kind: string;
  readonly message: Uint8Array;
  readonly producedAtMs: number;
}

/** All that is known of an epoch so far. */
export interface EpochFacts {
  readonly phases: Partial<Record<PhaseKind, EpochEvent>>;
  readonly inference?: NetworkInference;
  /** When synthesis told the inference. */
  readonly inferenceMs?: number;
  readonly losses?: NetworkLosses;
  readonly scores?: EpochScores;
  readonly rewards?: EpochRewards;
}

export function epochFactsOf(stored: readonly StoredFact[]): EpochFacts {
  const phases: Partial<Record<PhaseKind, EpochEvent>> = {};
  let facts: EpochFacts = { phases };
  for (const { kind, message, producedAtMs } of stored) {
    switch (kind) {
      case 'inference':
        facts = { ...facts, inference: NetworkInference.decode(message), inferenceMs: producedAtMs };
        break;
      case 'losses':
        facts = { ...facts, losses: NetworkLosses.decode(message) };
        break;
      case 'scores':
        facts = { ...facts, scores: EpochScores.decode(message) };
        break;
      case 'rewards':
        facts = { ...facts, rewards: EpochRewards.decode(message) };
        break;
      default: {
        const event = EpochEvent.decode(message);
        const phase = phaseKindOf(event);
        if (phase) phases[phase] = event;
      }
    }
  }
  return facts;
}

/** The furthest that an epoch has come. */
export const furthestKind = (kinds: readonly string[]): FactKind | null =>
  FACT_KINDS.findLast((kind) => kinds.includes(kind)) ?? null;
