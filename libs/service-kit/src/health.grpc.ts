import {
  HealthCheckResponse_ServingStatus as Serving,
  HealthService,
} from '@allora/contracts/gen/grpc/health/v1/health';
import type { GrpcHost } from './grpc-host';
import type { HealthProbes } from './health';

/** The standard health service. It answers for the process as a whole, whichever service is named. */
export function addHealthService(host: GrpcHost, probes: HealthProbes): void {
  host.add(HealthService, {
    check: async () => ({
      status: (await probes.failing()).length === 0 ? Serving.SERVING : Serving.NOT_SERVING,
    }),
  });
}
