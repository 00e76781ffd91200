import type {
  OpenWindow,
  Role,
  TopicCoordinatorService,
  TopicParams,
} from '@allora/contracts/gen/allora/topics/v1/topics';
import type { GrpcClient } from '@allora/service-kit/grpc-client';

/** The questions that are put to the owner of topics before anybody is refused. */
export interface TopicOwner {
  params(topicId: number): Promise<TopicParams | undefined>;
  isRegistered(topicId: number, address: string): Promise<boolean>;
  /** Undefined when it is not open now. */
  openWindow(topicId: number, nonce: number): Promise<Pick<OpenWindow, 'closesHeight' | 'stage'> | undefined>;
}

/** Unreachable is a refusal with UNAVAILABLE, never "no". */
export function askCoordinator(
  coordinator: GrpcClient<typeof TopicCoordinatorService>,
  role: Role,
): TopicOwner {
  return {
    params: async (topicId) => (await coordinator.getTopic({ topicId })).topic?.params,
    isRegistered: async (topicId, address) =>
      (await coordinator.getRegistration({ topicId, address, role })).registration !== undefined,
    openWindow: async (topicId, nonce) => (await coordinator.getWindow({ topicId, nonce, role })).window,
  };
}
