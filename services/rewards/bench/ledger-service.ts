import 'reflect-metadata';
import { createServiceBus } from '@allora/bus/create-service-bus';
import type { ServiceBus } from '@allora/bus/service-bus';
import type { BusTransport } from '@allora/bus/transport';
import { Clock } from '@allora/service-kit/clock';
import { GrpcClients } from '@allora/service-kit/grpc-client';
import { GrpcHost } from '@allora/service-kit/grpc-host';
import { Log } from '@allora/service-kit/log';
import { MetricsRegistry, requestMetrics } from '@allora/service-kit/metrics';
import { NetworkKey } from '@allora/service-kit/network-key';
import { RateLimits } from '@allora/service-kit/rate-limits';
import { Database } from '@allora/store/database';
import { AppliedCommandsStore } from '../src/applied-commands.store';
import { BookStore } from '../src/book.store';
import { CommandGroups } from '../src/command-groups';
import { Commands } from '../src/commands';
import { rewardsConfig, type RewardsConfig } from '../src/config';
import { ConservationCheck } from '../src/conservation';
import { DataFees } from '../src/data-fees';
import { economyProvider } from '../src/economy';
import { LedgerStore } from '../src/ledger.store';
import { RewardsMetrics } from '../src/metrics';
import { SettledEpochsStore } from '../src/settled-epochs.store';
import { Settlement } from '../src/settlement';
import { SettlementStore } from '../src/settlement.store';
import { SignedCommands } from '../src/signed-commands';
import { TopicsStore } from '../src/topics.store';
import { TurnsStore } from '../src/turns.store';

/** Nobody listens: what is told stays in this process. */
export const silent: BusTransport = {
  ensureTopics: () => Promise.resolve(),
  append: (_topic, records) => Promise.resolve(records.map((_, offset) => ({ partition: 0, offset }))),
  consume: () => Promise.resolve({ stop: () => Promise.resolve(), lag: () => Promise.resolve({}) }),
  peek: () => Promise.resolve([]),
  close: () => Promise.resolve(),
};

export interface LedgerService {
  readonly database: Database;
  readonly commands: Commands;
  readonly signed: SignedCommands;
  readonly books: BookStore;
  readonly topics: TopicsStore;
  readonly epochs: SettlementStore;
  readonly turns: TurnsStore;
  readonly fees: DataFees;
  readonly settlement: Settlement;
  readonly bus: ServiceBus;
  close(): Promise<void>;
}

/** The service's way of a command behind its doors, put together by hand: there is no Nest in it. */
export async function openLedgerService(databaseUrl: string, chainId: string): Promise<LedgerService> {
  const config: RewardsConfig = rewardsConfig.parse({
    databaseUrl,
    chainId,
    faucet: 'open',
    coordinatorGrpcAddress: '127.0.0.1:1',
    commandTimeoutMs: 60_000,
    rateLimitPerKey: 0,
  });
  const log = Log.create({ name: 'bench', level: 'error', format: 'json' });
  const registry = new MetricsRegistry();
  const database = Database.open({ url: databaseUrl, maxConnections: 8, name: 'bench' });
  const bus = createServiceBus({ service: 'rewards', database, transport: silent, registry, log });
  const books = new BookStore();
  const ledger = new LedgerStore(database);
  const metrics = new RewardsMetrics(registry, ledger);
  const economy = await economyProvider.useFactory(config, database, books, log);
  const groups = new CommandGroups(books, new AppliedCommandsStore(), economy, metrics);
  const commands = new Commands(config, bus, groups, metrics, log);
  const limits = new RateLimits({ config });
  const request = requestMetrics('bench', registry);
  const host = new GrpcHost({
    log,
    limits,
    durations: request.grpc,
    openStreams: request.grpcOpenStreams,
    slowReaders: request.slowReaders,
    slowReaderBytes: config.slowReaderBytes,
  });
  const clients = new GrpcClients(host);
  const topics = new TopicsStore(database, books);
  const key = NetworkKey.of(config);
  const signed = new SignedCommands(config, commands, topics, limits, key, new Clock(), clients);
  const epochs = new SettlementStore();
  const turns = new TurnsStore();
  const fees = new DataFees(books, ledger, turns, economy, metrics);
  const conservation = new ConservationCheck(ledger, metrics, log);
  const settled = new SettledEpochsStore(database);
  const settlement = new Settlement(epochs, settled, turns, books, ledger, conservation, metrics, log);
  const close = async (): Promise<void> => {
    await conservation.onModuleDestroy();
    await signed.onApplicationShutdown();
    clients.close();
    await bus.drain();
    await database.close();
  };
  return { database, commands, signed, books, topics, epochs, turns, fees, settlement, bus, close };
}
