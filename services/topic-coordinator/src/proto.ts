import {
  EpochPhase,
  type EpochEvent,
  Role,
  type StreamWindowsResponse,
  type Topic,
  TopicParams,
  WindowStage,
} from '@allora/contracts/gen/allora/topics/v1/topics';
import type { EpochTurn, TurnPhase } from '@allora/protocol/epoch/window';

export const epochPhases: Readonly<Record<TurnPhase, EpochPhase>> = {
  WORKER_WINDOW_OPENED: EpochPhase.WORKER_WINDOW_OPENED,
  WORKER_WINDOW_CLOSED: EpochPhase.WORKER_WINDOW_CLOSED,
  REVEAL_WINDOW_OPENED: EpochPhase.REVEAL_WINDOW_OPENED,
  REPUTER_WINDOW_OPENED: EpochPhase.REPUTER_WINDOW_OPENED,
  REPUTER_WINDOW_CLOSED: EpochPhase.REPUTER_WINDOW_CLOSED,
};

export const toEpochEvent = (
  turn: EpochTurn & { readonly params: TopicParams },
  told: Pick<EpochEvent, 'topicId' | 'atMs' | 'shadows'>,
): EpochEvent => ({ ...told, ...turn, phase: epochPhases[turn.phase] });

export interface TopicRow {
  readonly id: bigint;
  readonly creator: string;
  readonly metadata: string;
  readonly loss_method: string;
  readonly params: string;
  readonly active: boolean;
  readonly created_height: bigint;
  readonly creation_fee_uallo: string | null;
}

export const toTopic = (row: TopicRow): Topic & { params: TopicParams } => ({
  id: Number(row.id),
  creator: row.creator,
  metadata: row.metadata,
  lossMethod: row.loss_method,
  params: paramsFromText(row.params),
  active: row.active,
  createdHeight: Number(row.created_height),
  creationFeeUallo: row.creation_fee_uallo ?? undefined,
});

export const paramsToText = (params: TopicParams): string => JSON.stringify(TopicParams.toJSON(params));
export const paramsFromText = (text: string): TopicParams => TopicParams.fromJSON(JSON.parse(text));

export const roleNames = { worker: Role.WORKER, reputer: Role.REPUTER } as const;
export type RoleName = keyof typeof roleNames;

export const roleName = (role: Role): RoleName => (role === Role.REPUTER ? 'reputer' : 'worker');

const stageNames = {
  [WindowStage.UNSPECIFIED]: 'submit',
  [WindowStage.SUBMIT]: 'submit',
  [WindowStage.COMMIT]: 'commit',
  [WindowStage.REVEAL]: 'reveal',
} as const satisfies Record<WindowStage, string>;

/** Open windows of a topic, as JSON shows them. */
export const windowsJson = ({ topicId, height, windows }: StreamWindowsResponse) => ({
  topicId,
  height,
  windows: windows.map(({ nonce, role, stage, openedHeight, closesHeight }) => ({
    nonce,
    role: roleName(role),
    stage: stageNames[stage],
    openedHeight,
    closesHeight,
  })),
});
