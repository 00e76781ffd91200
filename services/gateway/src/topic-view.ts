import type { Topic } from '@allora/contracts/gen/allora/topics/v1/topics';
import type { KnownTopic, OpenWindow } from './topics.store';

/** In a topic with a reveal window workers commit from the nonce on, and reveal in a window that opens after it. */
function stageOf(
  { params }: Topic,
  { nonce, role, openedHeight }: Pick<OpenWindow, 'nonce' | 'role' | 'openedHeight'>,
): 'submit' | 'commit' | 'reveal' {
  if (role !== 'worker' || !params?.revealWindowBlocks) return 'submit';
  return openedHeight > nonce ? 'reveal' : 'commit';
}

export const topicView = ({ topic, latestNonce }: KnownTopic, windows: readonly OpenWindow[]) => ({
  ...topic,
  latestNonce,
  openWindows: windows
    .filter(({ topicId }) => topicId === topic.id)
    .map(({ nonce, role, openedHeight, closesHeight }) => ({
      nonce,
      role,
      stage: stageOf(topic, { nonce, role, openedHeight }),
      openedHeight,
      closesHeight,
    })),
});

export type TopicView = ReturnType<typeof topicView>;
