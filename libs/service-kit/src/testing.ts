import { type DynamicModule, Injectable, type OnModuleInit } from '@nestjs/common';
import type { GrpcDefinition, GrpcMethod } from './grpc-definition';
import { GrpcHost, type GrpcImplementation } from './grpc-host';

/** A neighbour's gRPC service in a test of another one: it answers what the test needs, and nothing else. */
export function neighbour<D extends GrpcDefinition>(
  definition: D,
  answers: Partial<GrpcImplementation<D>>,
): DynamicModule {
  @Injectable()
  class Neighbour implements OnModuleInit {
    constructor(private readonly host: GrpcHost) {}

    onModuleInit(): void {
      const silent = Object.entries<GrpcMethod>(definition).map(([name, method]) => [name, notAsked(method)]);
      const all = { ...Object.fromEntries(silent), ...answers } as GrpcImplementation<D>;
      this.host.add(definition, all);
    }
  }
  class NeighbourModule {}
  return { module: NeighbourModule, providers: [Neighbour] };
}

function notAsked({ path, requestStream, responseStream }: GrpcMethod): unknown {
  const fail = (): never => {
    throw new Error(`${path} is not asked for in this test`);
  };
  if (!responseStream || requestStream) return async () => fail();
  return async function* () {
    yield* [];
    fail();
  };
}
