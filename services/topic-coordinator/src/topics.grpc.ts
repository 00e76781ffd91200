import {
  type StreamWindowsResponse,
  TopicCoordinatorService,
} from '@allora/contracts/gen/allora/topics/v1/topics';
import { GrpcHost } from '@allora/service-kit/grpc-host';
import { Database } from '@allora/store/database';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { requireAdmin } from '@allora/service-kit/admin-token';
import { BlockClock } from './block-clock';
import { TOPIC_COORDINATOR_CONFIG, type TopicCoordinatorConfig } from './config';
import { EpochsStore } from './epochs.store';
import { RegistrationsStore } from './registrations.store';
import { TimetablesStore } from './timetables.store';
import { TopicsStore } from './topics.store';
import { WindowFeed } from './window-feed';

/** The owner's word on topics, registrations and windows, for services whose own memory misses something. */
@Injectable()
export class TopicsGrpc implements OnModuleInit {
  constructor(
    @Inject(TOPIC_COORDINATOR_CONFIG) private readonly config: TopicCoordinatorConfig,
    private readonly host: GrpcHost,
    private readonly database: Database,
    private readonly topics: TopicsStore,
    private readonly registrations: RegistrationsStore,
    private readonly epochs: EpochsStore,
    private readonly timetables: TimetablesStore,
    private readonly clock: BlockClock,
    private readonly feed: WindowFeed,
  ) {}

  onModuleInit(): void {
    const tx = this.database.prisma;
    this.host.add(TopicCoordinatorService, {
      getTopic: async ({ topicId }) => ({ topic: await this.topics.find(tx, topicId) }),
      getRegistration: async ({ topicId, address, role }) => ({
        registration: await this.registrations.find(tx, { topicId, address, role }),
      }),
      getWindow: async ({ topicId, nonce, role }) => {
        const [window] = await this.epochs.openWindows(tx, topicId, { nonce, role });
        const params = await this.timetables.paramsAt(tx, topicId, nonce);
        return { window, params: params ?? (await this.topics.find(tx, topicId))?.params };
      },
      streamWindows: ({ topicId }, call) => this.streamWindows(topicId, call.signal),
      advanceClock: async ({ height }, call) => {
        requireAdmin(this.config.adminToken, call.header('authorization'));
        return { height: await this.clock.advanceByHand(height) };
      },
    });
  }

  private async *streamWindows(topicId: number, signal: AbortSignal): AsyncGenerator<StreamWindowsResponse> {
    yield* await this.feed.follow(topicId, signal);
  }
}
