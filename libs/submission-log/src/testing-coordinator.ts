import {
  EpochEvent,
  EpochPhase,
  Topic,
  TopicCoordinatorService,
  TopicParams,
  WindowStage,
} from '@allora/contracts/gen/allora/topics/v1/topics';
import { neighbour } from '@allora/service-kit/testing';
import type { DynamicModule } from '@nestjs/common';

/** PLAIN takes values at once, SEALED commitments to them first. Nobody knows of NONE. */
export const TOPICS = { PLAIN: 1, SEALED: 2, NONE: 4 } as const;
/** OPEN takes values, or commitments to them; LATER values, or reveals once they have begun. SHUT takes nothing. */
export const NONCES = { OPEN: 10, LATER: 20, SHUT: 30 } as const;

const params = TopicParams.fromPartial({ epochLengthBlocks: 10, workerWindowBlocks: 5 });
const sealedParams: TopicParams = { ...params, revealWindowBlocks: 3 };

/** That reveals begin at LATER in SEALED, as the log tells it. */
export const revealsBegin = EpochEvent.fromPartial({
  ...{ topicId: TOPICS.SEALED, nonce: NONCES.LATER, phase: EpochPhase.REVEAL_WINDOW_OPENED },
  ...{ height: NONCES.LATER + 5, closesHeight: NONCES.LATER + 8, params: sealedParams },
});

/** The coordinator as an ingest asks it. */
export class TestCoordinator {
  revealsBegun = false;

  constructor(private readonly members: readonly string[]) {}

  module(): DynamicModule {
    return neighbour(TopicCoordinatorService, {
      getTopic: async ({ topicId }) => ({ topic: this.topic(topicId) }),
      getRegistration: async (asked) => ({
        registration: this.members.includes(asked.address)
          ? { ...asked, height: 1, shadow: false }
          : undefined,
      }),
      getWindow: async ({ topicId, nonce, role }) => {
        if (nonce !== NONCES.OPEN && nonce !== NONCES.LATER) return {};
        const stage = this.stage(topicId, nonce);
        return { window: { topicId, nonce, role, stage, openedHeight: nonce, closesHeight: nonce + 5 } };
      },
    });
  }

  private topic(id: number): Topic | undefined {
    if (id === TOPICS.PLAIN) return Topic.fromPartial({ id, params });
    return id === TOPICS.SEALED ? Topic.fromPartial({ id, params: sealedParams }) : undefined;
  }

  private stage(topicId: number, nonce: number): WindowStage {
    if (topicId === TOPICS.PLAIN) return WindowStage.SUBMIT;
    return nonce === NONCES.LATER && this.revealsBegun ? WindowStage.REVEAL : WindowStage.COMMIT;
  }
}
