import type { ServiceBus } from '@allora/bus/service-bus';
import { TopicCoordinatorService } from '@allora/contracts/gen/allora/topics/v1/topics';
import { Clock } from '@allora/service-kit/clock';
import { GrpcClients } from '@allora/service-kit/grpc-client';
import { Log } from '@allora/service-kit/log';
import { MetricsRegistry } from '@allora/service-kit/metrics';
import { SERVICE_BUS } from '@allora/service-kit/tokens';
import { Database } from '@allora/store/database';
import type { Provider } from '@nestjs/common';
import type { SubmissionLogConfig } from './config';
import type { Submission, SubmissionKind } from './kind';
import { LogHandler } from './log.handler';
import { SubmissionMetrics } from './metrics';
import { ProjectionHandler } from './projection.handler';
import { ProjectionStore } from './projection.store';
import { SubmissionIntake } from './submission-intake';
import { SubmissionsStore } from './submissions.store';
import { askCoordinator } from './topic-owner';

/** The submission log of one module, behind the token `SubmissionIntake`; its handlers are on the bus before it starts. */
export function submissionLogProvider<P extends Submission, S>(
  kind: SubmissionKind<P, S>,
  configToken: symbol,
): Provider {
  return {
    provide: SubmissionIntake,
    inject: [configToken, SERVICE_BUS, Database, GrpcClients, MetricsRegistry, Clock, Log],
    useFactory: (
      config: SubmissionLogConfig,
      bus: ServiceBus,
      database: Database,
      clients: GrpcClients,
      registry: MetricsRegistry,
      clock: Clock,
      log: Log,
    ) => {
      const submissions = new SubmissionsStore(kind.schema);
      const projection = new ProjectionStore(kind.schema);
      const metrics = new SubmissionMetrics(registry, kind.service);
      const { maxSetPartBytes } = config;
      new ProjectionHandler(kind, projection).attach(bus);
      new LogHandler({ kind, submissions, projection, metrics, maxSetPartBytes }).attach(bus);
      const owner = askCoordinator(
        clients.connect(TopicCoordinatorService, config.coordinatorGrpcAddress),
        kind.role,
      );
      const stores = { database, submissions, projection };
      return new SubmissionIntake({ kind, config, bus, ...stores, owner, clock, log, metrics });
    },
  };
}
