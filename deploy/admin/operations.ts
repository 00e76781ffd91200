import { operate, type Service } from '../operations-client';

export interface PauseView {
  readonly topicId: number;
  readonly active: boolean;
  readonly pausedHeight: number | null;
}

export interface VerifiedEpoch {
  readonly topicId: number;
  readonly nonce: number;
  readonly verified: boolean;
  readonly steps: readonly {
    readonly step: string;
    readonly holds: boolean;
    readonly fault: string | null;
  }[];
}

export interface Deed {
  readonly id: number;
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
}

export const pauseTopic = (coordinator: Service, topicId: number): Promise<PauseView> =>
  operate(coordinator, { path: `topics/${topicId}/pause`, method: 'POST' });

export const resumeTopic = (coordinator: Service, topicId: number): Promise<PauseView> =>
  operate(coordinator, { path: `topics/${topicId}/resumption`, method: 'POST' });

export interface ReopenedView {
  readonly topicId: number;
  readonly nonce: number;
  readonly reopenedAs: number;
}

export const reopenEpoch = (coordinator: Service, topicId: number, nonce: number): Promise<ReopenedView> =>
  operate(coordinator, { path: `topics/${topicId}/epochs/${nonce}/reopening`, method: 'POST' });

export const verifyEpoch = (rewards: Service, topicId: number, nonce: number): Promise<VerifiedEpoch> =>
  operate(rewards, { path: `topics/${topicId}/epochs/${nonce}/verification`, method: 'POST' });

export async function listDeeds(gateway: Service, limit: number): Promise<readonly Deed[]> {
  const { entries } = await operate<{ entries: Deed[] }>(gateway, { path: `audit-log?limit=${limit}` });
  return entries;
}

export const pauseText = ({ topicId, active, pausedHeight }: PauseView): string => {
  const state = pausedHeight === null ? 'not paused' : `paused since height ${pausedHeight}`;
  return `topic ${topicId}: ${state}; ${active ? 'its epochs open' : 'no epoch opens'}\n`;
};

export const reopenedText = ({ topicId, nonce, reopenedAs }: ReopenedView): string =>
  `epoch ${nonce} of topic ${topicId}: its question is asked again as epoch ${reopenedAs}\n`;

export const verifiedText = ({ topicId, nonce, verified, steps }: VerifiedEpoch): string =>
  [
    `epoch ${nonce} of topic ${topicId}: ${verified ? 'verified to the last bit' : 'NOT what it was'}`,
    ...steps.map(
      ({ step, holds, fault }) =>
        `  ${holds ? 'holds' : 'BROKEN'}  ${step}${fault === null ? '' : `: ${fault}`}`,
    ),
    '',
  ].join('\n');

export const deedText = ({ at, actor, action, subject }: Deed): string =>
  `${at}  ${actor}  ${action}  ${subject}\n`;
