import type { StreamEventsRequest } from '@allora/contracts/gen/allora/gateway/v1/gateway';
import type { GrpcCall, GrpcFrames } from '@allora/service-kit/grpc-host';
import { ZodPipe } from '@allora/service-kit/zod.pipe';
import type { EventFeed } from './event-feed';
import { GrpcOutlet } from './grpc-outlet';
import { streamRequest } from './stream-requests';

const form = new ZodPipe(streamRequest);

/** `Gateway.StreamEvents`; settles with the stream. */
export async function streamEvents(
  feed: EventFeed,
  request: StreamEventsRequest,
  { call, answers }: { readonly call: GrpcCall; readonly answers: GrpcFrames },
): Promise<void> {
  const outlet = new GrpcOutlet(answers, call);
  const holder = { ip: call.peer, key: call.apiKey?.lineage };
  await feed.follow(form.transform(request), holder, () => outlet);
  await outlet.over;
}
