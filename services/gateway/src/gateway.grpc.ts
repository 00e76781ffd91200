import { RefusalError } from '@allora/contracts/errors';
import { GatewayService } from '@allora/contracts/gen/allora/gateway/v1/gateway';
import { hashText } from '@allora/service-kit/form';
import { GrpcHost } from '@allora/service-kit/grpc-host';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { gatewayReads } from './gateway-reads.grpc';
import { InferenceReads } from './inference-reads';
import { EventFeed } from './streams/event-feed';
import { streamEvents } from './streams/stream-events';
import { SubmissionStatus } from './submission-status';
import { TopicReads } from './topic-reads';

@Injectable()
export class GatewayGrpc implements OnModuleInit {
  constructor(
    private readonly host: GrpcHost,
    private readonly status: SubmissionStatus,
    private readonly feed: EventFeed,
    private readonly topics: TopicReads,
    private readonly inferences: InferenceReads,
  ) {}

  onModuleInit(): void {
    this.host.add(GatewayService, {
      ...gatewayReads(this.topics, this.inferences),
      getSubmission: async ({ hash }) => {
        if (!hashText.safeParse(hash).success)
          throw new RefusalError('MALFORMED', 'hash: expected 32 bytes in lower-case hex');
        return this.status.of(hash);
      },
      streamEvents: (request, call, answers) => streamEvents(this.feed, request, { call, answers }),
    });
  }
}
