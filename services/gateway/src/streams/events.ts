import {
  Inference,
  PhaseKind as PhaseKindMessage,
  type StreamEventsResponse,
} from '@allora/contracts/gen/allora/gateway/v1/gateway';
import type { NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import {
  type EpochEvent,
  EpochPhase,
  Role,
  roleToJSON,
  WindowStage,
  windowStageToJSON,
} from '@allora/contracts/gen/allora/topics/v1/topics';
import type { TrustThresholds } from '@allora/protocol/trust/trust';
import { inferenceTrust, summaryView } from '../inference-view';
import type { FactKind } from '../proto';
import type { StreamRow } from './stream.store';

/** An event in the two forms that it is sent in; both say the same, and the same whenever it is read again. */
export interface StreamEvent {
  json(): string;
  message(): NonNullable<StreamEventsResponse['event']>;
}

const PHASES: Readonly<Record<FactKind, PhaseKindMessage>> = {
  worker_window_opened: PhaseKindMessage.WORKER_WINDOW_OPENED,
  reveal_window_opened: PhaseKindMessage.REVEAL_WINDOW_OPENED,
  worker_window_closed: PhaseKindMessage.WORKER_WINDOW_CLOSED,
  inference: PhaseKindMessage.INFERENCE,
  reputer_window_opened: PhaseKindMessage.REPUTER_WINDOW_OPENED,
  reputer_window_closed: PhaseKindMessage.REPUTER_WINDOW_CLOSED,
  losses: PhaseKindMessage.LOSSES,
  scores: PhaseKindMessage.SCORES,
  rewards: PhaseKindMessage.REWARDS,
};

/**
 * Only what the telling itself says: what becomes known later would make another event of it. Without the workers' parts, as it is
 * written to every reader.
 */
export function inferenceEvent(
  inference: NetworkInference,
  toldAtMs: number,
  thresholds: TrustThresholds,
): StreamEvent {
  const trust = inferenceTrust(inference, { inferenceMs: toldAtMs }, { thresholds });
  const view = { ...summaryView(inference), trust, toldAtMs };
  return {
    json: () => JSON.stringify(view),
    message: () => ({ $case: 'inference', value: Inference.fromJSON(view) }),
  };
}

/** `turn`: of a phase that is one. */
export function phaseEvent(row: StreamRow, turn: EpochEvent | undefined): StreamEvent {
  const { topicId, nonce, kind } = row;
  const height = turn?.height;
  const toldAtMs = turn?.atMs ?? row.producedAtMs;
  return {
    json: () => JSON.stringify({ topicId, nonce, phase: kind, height: height ?? null, toldAtMs }),
    message: () => ({ $case: 'phase', value: { topicId, nonce, phase: PHASES[kind], height, toldAtMs } }),
  };
}

export function windowEvent(turn: EpochEvent, kind: FactKind): StreamEvent {
  const { topicId, nonce, height, atMs: toldAtMs } = turn;
  const role = kind.startsWith('reputer') ? Role.REPUTER : Role.WORKER;
  const stage = stageOf(turn, role);
  const open = kind.endsWith('opened');
  const closesHeight = open ? turn.closesHeight : undefined;
  return {
    json: () =>
      JSON.stringify({
        topicId,
        nonce,
        role: shortName(roleToJSON(role)),
        stage: shortName(windowStageToJSON(stage)),
        state: open ? 'open' : 'closed',
        height,
        closesHeight: closesHeight ?? null,
        toldAtMs,
      }),
    message: () => ({
      $case: 'window',
      value: { topicId, nonce, role, stage, open, height, closesHeight, toldAtMs },
    }),
  };
}

/** In a topic with a reveal window workers commit in the window that opens at the nonce, and reveal in the next. */
function stageOf({ phase, params }: EpochEvent, role: Role): WindowStage {
  if (role === Role.REPUTER || !params?.revealWindowBlocks) return WindowStage.SUBMIT;
  return phase === EpochPhase.WORKER_WINDOW_OPENED ? WindowStage.COMMIT : WindowStage.REVEAL;
}

/** `WINDOW_STAGE_COMMIT` -> `commit`. */
const shortName = (name: string): string => name.slice(name.lastIndexOf('_') + 1).toLowerCase();
