import { availableParallelism } from 'node:os';
import type { ServiceBus } from '@allora/bus/service-bus';
import { TopicCoordinatorService } from '@allora/contracts/gen/allora/topics/v1/topics';
import { SignatureChecks } from '@allora/identity/signature-checks';
import { Clock } from '@allora/service-kit/clock';
import { GrpcClients } from '@allora/service-kit/grpc-client';
import { Log } from '@allora/service-kit/log';
import { MetricsRegistry } from '@allora/service-kit/metrics';
import { NetworkKey } from '@allora/service-kit/network-key';
import { RateLimits } from '@allora/service-kit/rate-limits';
import { SERVICE_BUS } from '@allora/service-kit/tokens';
import { Tracing } from '@allora/service-kit/tracing/tracing';
import { Database } from '@allora/store/database';
import type { Provider } from '@nestjs/common';
import type { SubmissionLogConfig } from './config';
import type { Submission, SubmissionKind } from './kind';
import { commitmentsTo } from './commitments';
import { Door } from './door';
import { Inflight } from './inflight';
import { KnownFacts } from './known-facts';
import { LogHandler } from './log.handler';
import { tablesOfCommitments, tablesOfValues } from './log-tables';
import { SubmissionMetrics } from './metrics';
import { ProjectionHandler } from './projection.handler';
import { ProjectionStore } from './projection.store';
import { ReceiptsStore } from './receipts.store';
import { SubmissionIntake } from './submission-intake';
import { SubmissionsStore } from './submissions.store';
import { askCoordinator } from './topic-owner';

/** A core is left to the event loop, which keeps four threads busy at most; a process of many services has none to spare. */
const defaultThreads = ({ bus }: SubmissionLogConfig) =>
  bus === 'kafka' ? Math.min(4, availableParallelism() - 1) : 0;

/** The submission log of one module, behind the token `SubmissionIntake`; its handlers are on the bus before it starts. */
export function submissionLogProvider<P extends Submission, S>(
  kind: SubmissionKind<P, S>,
  configToken: symbol,
): Provider {
  return {
    provide: SubmissionIntake,
    inject: [
      configToken,
      SERVICE_BUS,
      Database,
      GrpcClients,
      MetricsRegistry,
      NetworkKey,
      RateLimits,
      Clock,
      Log,
      Tracing,
    ],
    useFactory: (
      config: SubmissionLogConfig,
      bus: ServiceBus,
      database: Database,
      clients: GrpcClients,
      registry: MetricsRegistry,
      networkKey: NetworkKey,
      rateLimits: RateLimits,
      clock: Clock,
      log: Log,
      tracing: Tracing,
    ) => {
      const [values, ofCommitments] = [tablesOfValues(kind.schema), tablesOfCommitments(kind.schema)];
      const submissions = new SubmissionsStore(values);
      const commitments = new SubmissionsStore(ofCommitments);
      const projection = new ProjectionStore(kind.schema);
      const metrics = new SubmissionMetrics(registry, kind.service);
      const owner = askCoordinator(
        clients.connect(TopicCoordinatorService, config.coordinatorGrpcAddress),
        kind.role,
      );
      const known = new KnownFacts({ database, projection, owner, nowMs: () => clock.nowMs() });
      const { maxSetPartBytes, maxInflightSubmissions } = config;
      new ProjectionHandler(kind, projection, known).attach(bus);
      new LogHandler({ kind, submissions, commitments, projection, metrics, maxSetPartBytes }).attach(bus);
      const signatures = new SignatureChecks(config.verifyThreads ?? defaultThreads(config));
      const inflight = new Inflight(maxInflightSubmissions, clock, metrics);
      const shared = { config, database, networkKey, rateLimits, metrics };
      const doorParts = { ...shared, bus, clock, log, tracing, signatures, known, inflight, commitments };
      const receipts = new ReceiptsStore(values);
      const door = new Door({ ...doorParts, kind, body: 'VALUE', receipts });
      const { committedBody } = kind;
      if (committedBody === undefined)
        return new SubmissionIntake({ ...shared, door, receipts, commitments: undefined });
      const commitmentReceipts = new ReceiptsStore(ofCommitments);
      const commitmentDoor = new Door({
        ...doorParts,
        kind: commitmentsTo(kind, committedBody),
        body: 'COMMITMENT',
        receipts: commitmentReceipts,
      });
      return new SubmissionIntake({
        ...shared,
        door,
        receipts,
        commitments: { door: commitmentDoor, receipts: commitmentReceipts },
      });
    },
  };
}
