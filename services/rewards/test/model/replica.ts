import type { BusTopic } from '@allora/contracts/catalog';
import { seal } from '@allora/bus/envelope';
import type { StoredRecord } from '@allora/bus/transport';
import { TopicCoordinatorService } from '@allora/contracts/gen/allora/topics/v1/topics';
import { type RunningApp, startApp } from '@allora/service-kit/app';
import { neighbour } from '@allora/service-kit/testing';
import { Commands } from '../../src/commands';
import { rewardsConfig } from '../../src/config';
import { RewardsModule } from '../../src/rewards.module';
import type { Request } from '../../src/testing/command-generator';
import type { Answer } from '../../src/testing/request-model';
import { type HandLog, HandTransport } from './hand-transport';

export interface ReplicaOptions {
  readonly databaseUrl: string;
  readonly log: HandLog;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** The whole service, on the database and the log that it shares with another of its kind. */
export class Replica {
  private readonly commands: Commands;

  private constructor(
    readonly app: RunningApp,
    private readonly transport: HandTransport,
  ) {
    this.commands = app.get(Commands);
  }

  static async start({ databaseUrl, log, settings }: ReplicaOptions): Promise<Replica> {
    const config = rewardsConfig.parse({
      databaseUrl,
      httpHost: '127.0.0.1',
      httpPort: 0,
      grpcHost: '127.0.0.1',
      grpcPort: 0,
      logLevel: 'error',
      chainId: 'allora-model-1',
      coordinatorGrpcAddress: 'self',
      faucet: 'open',
      ...settings,
    });
    const transport = new HandTransport(log);
    const modules = [RewardsModule.register(config), neighbour(TopicCoordinatorService, {})];
    return new Replica(await startApp({ name: 'rewards', config, modules, transport }), transport);
  }

  /** In one turn of the event loop, and so as one group in one transaction. */
  async execute(requests: readonly Request[]): Promise<Answer[]> {
    const results = await this.commands.execute(requests);
    return results.map((result): Answer => {
      if (!result.accepted) return { accepted: false, code: result.refusal.code };
      const { movedUallo, dueHeight, height } = result.answer;
      return { accepted: true, repeated: result.repeated, movedUallo: BigInt(movedUallo), dueHeight, height };
    });
  }

  deliver(records: readonly StoredRecord[]): Promise<void> {
    return this.transport.deliver(records);
  }

  async read(path: string): Promise<unknown> {
    return (await fetch(`${this.app.httpUrl}${path}`)).json();
  }

  close(): Promise<boolean> {
    return this.app.close();
  }
}

/** Messages of one topic as they stand on the log. */
export const written = <T>(log: HandLog, topic: BusTopic<T>, messages: readonly T[]): StoredRecord[] =>
  log.write(
    topic.name,
    messages.map((message) => seal(topic, message, { nowMs: Date.now(), traceParent: '' })),
  );
