import { serviceBusProvider } from '@allora/service-kit/service-bus.provider';
import { type DynamicModule, Module } from '@nestjs/common';
import { AccountsHttp } from './accounts.http';
import { REWARDS_CONFIG, type RewardsConfig } from './config';
import { Deposits } from './deposits';
import { EpochScoresHandler } from './epoch-scores.handler';
import { EpochsHandler } from './epochs.handler';
import { LedgerStore } from './ledger.store';
import { RewardsMetrics } from './metrics';
import { RewardsGrpc } from './rewards.grpc';
import { Settlement } from './settlement';
import { SettlementStore } from './settlement.store';
import { TopicsHandler } from './topics.handler';
import { TopicsStore } from './topics.store';

@Module({})
export class RewardsModule {
  static register(config: RewardsConfig): DynamicModule {
    return {
      module: RewardsModule,
      controllers: [AccountsHttp],
      providers: [
        { provide: REWARDS_CONFIG, useValue: config },
        serviceBusProvider('rewards'),
        LedgerStore,
        SettlementStore,
        TopicsStore,
        RewardsMetrics,
        Settlement,
        Deposits,
        TopicsHandler,
        EpochsHandler,
        EpochScoresHandler,
        RewardsGrpc,
      ],
    };
  }
}
