import { setTimeout as sleep } from 'node:timers/promises';
import { RefusalError } from '@allora/contracts/errors';
import {
  type HealthCheckResponse,
  HealthCheckResponse_ServingStatus as Serving,
  HealthService,
} from '@allora/contracts/gen/grpc/health/v1/health';
import type { GrpcHost } from './grpc-host';
import type { HealthProbes } from './health';

const defaultLookMs = 1_000;

interface HealthOptions {
  /** Between looks for those who watch. */
  readonly lookMs?: number;
}

/** The standard health service. Services of a process stand on the same parts: all of them serve, or none. */
export function addHealthService(
  host: GrpcHost,
  probes: HealthProbes,
  { lookMs = defaultLookMs }: HealthOptions = {},
): void {
  const shared = sharedLook(async () => (await probes.failing()).length === 0);
  const known = (service: string) => service === '' || host.serves(service);
  const status = (serving: boolean) => (serving ? Serving.SERVING : Serving.NOT_SERVING);

  async function* watch(service: string, left: AbortSignal): AsyncGenerator<HealthCheckResponse> {
    const either = AbortSignal.any([left, probes.stopping]);
    let last: Serving | undefined;
    while (!left.aborted) {
      const stopping = probes.stopping.aborted;
      const now = known(service) ? status(!stopping && (await shared(lookMs))) : Serving.SERVICE_UNKNOWN;
      if (now !== last) yield { status: (last = now) };
      if (stopping) return;
      await sleep(lookMs, undefined, { signal: either }).catch(() => undefined);
    }
  }

  host.add(HealthService, {
    check: async ({ service }) => {
      if (!known(service))
        throw new RefusalError('NOT_FOUND', `no service ${service} is served here`, { service });
      return { status: status(await shared(0)) };
    },
    watch: ({ service }, { signal }) => watch(service, signal),
  });
}

/** However many ask, the parts are asked once in that time. */
function sharedLook(look: () => Promise<boolean>): (maxAgeMs: number) => Promise<boolean> {
  let last: Promise<boolean> | undefined;
  let lastMs = -Infinity;
  return (maxAgeMs) => {
    const nowMs = performance.now();
    if (!last || nowMs - lastMs >= maxAgeMs / 2) {
      last = look();
      lastMs = nowMs;
    }
    return last;
  };
}
