import { z } from 'zod';

/** In place of host:port: the gRPC host of this very process, as in the standalone. */
export const SELF = 'self';

const grpcAddress = (owner: string, port: number) =>
  z
    .string()
    .regex(
      /^(self|[\w.-]+:\d{1,5}|\[[0-9a-f:.]+\]:\d{1,5}|dns:\/{0,3}[\w.-]+:\d{1,5})$/i,
      'expected host:port',
    )
    .default(`localhost:${port}`)
    .describe(`gRPC address of ${owner}, host:port`);

export const gatewayGrpcAddress = grpcAddress('gateway', 9080);
export const coordinatorGrpcAddress = grpcAddress('topic-coordinator', 9081);
export const inferenceIngestGrpcAddress = grpcAddress('inference-ingest', 9082);
export const forecastIngestGrpcAddress = grpcAddress('forecast-ingest', 9083);
export const synthesisGrpcAddress = grpcAddress('synthesis', 9084);
export const reputationGrpcAddress = grpcAddress('reputation', 9085);
export const rewardsGrpcAddress = grpcAddress('rewards', 9086);
