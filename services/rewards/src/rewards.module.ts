import { serviceBusProvider } from '@allora/service-kit/service-bus.provider';
import { type DynamicModule, Module } from '@nestjs/common';
import { AccountsHttp } from './accounts.http';
import { AccountsStore } from './accounts.store';
import { AppliedCommandsStore } from './applied-commands.store';
import { BlocksHandler } from './blocks.handler';
import { BookStore } from './book.store';
import { CommandGroups } from './command-groups';
import { Commands } from './commands';
import { CommandsHttp } from './commands.http';
import { REWARDS_CONFIG, type RewardsConfig } from './config';
import { ConservationCheck } from './conservation';
import { DataFees } from './data-fees';
import { economyProvider } from './economy';
import { EconomyHttp } from './economy.http';
import { EconomyStore } from './economy.store';
import { EmissionStore } from './emission.store';
import { EpochScoresHandler } from './epoch-scores.handler';
import { EpochsHandler } from './epochs.handler';
import { ExplainHttp } from './explain/explain.http';
import { PastEpochMetrics } from './explain/past-epoch-metrics';
import { PastEpochsStore } from './explain/past-epochs.store';
import { Faucet } from './faucet';
import { LedgerStore } from './ledger.store';
import { LedgerTurns } from './ledger-turns';
import { RewardsMetrics } from './metrics';
import { RewardsGrpc } from './rewards.grpc';
import { SealedSetsHandler } from './sealed-sets.handler';
import { SettledEpochsStore } from './settled-epochs.store';
import { Settlement } from './settlement';
import { SettlementStore } from './settlement.store';
import { SignedCommands } from './signed-commands';
import { EpochInputs } from './simulate/epoch-inputs';
import { SimulateHttp } from './simulate/simulate.http';
import { TopicsHandler } from './topics.handler';
import { TopicsStore } from './topics.store';
import { TurnsStore } from './turns.store';
import { VerifyHttp } from './verify/verify.http';

const stores = [
  AccountsStore,
  AppliedCommandsStore,
  BookStore,
  EconomyStore,
  EmissionStore,
  LedgerStore,
  PastEpochsStore,
  SettledEpochsStore,
  SettlementStore,
  TopicsStore,
  TurnsStore,
];
const handlers = [TopicsHandler, EpochsHandler, SealedSetsHandler, EpochScoresHandler, BlocksHandler];

@Module({})
export class RewardsModule {
  static register(config: RewardsConfig): DynamicModule {
    return {
      module: RewardsModule,
      controllers: [AccountsHttp, CommandsHttp, EconomyHttp, ExplainHttp, SimulateHttp, VerifyHttp],
      providers: [
        { provide: REWARDS_CONFIG, useValue: config },
        serviceBusProvider('rewards'),
        economyProvider,
        ...stores,
        RewardsMetrics,
        ConservationCheck,
        Settlement,
        DataFees,
        LedgerTurns,
        CommandGroups,
        Commands,
        SignedCommands,
        Faucet,
        EpochInputs,
        PastEpochMetrics,
        ...handlers,
        RewardsGrpc,
      ],
    };
  }
}
