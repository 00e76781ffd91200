import { MetricsRegistry } from '@allora/service-kit/metrics';
import { Injectable } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';
import { LedgerStore } from './ledger.store';

@Injectable()
export class RewardsMetrics {
  readonly paid: Counter<'role'>;
  readonly transfers: Counter<'kind'>;
  readonly epochs: Counter<'result'>;
  readonly snapshots: Counter;

  constructor(registry: MetricsRegistry, ledger: LedgerStore) {
    const registers = [registry];
    this.paid = new Counter({
      name: 'allora_rewards_paid_uallo_total',
      help: 'uallo paid to participants, by role',
      labelNames: ['role'],
      registers,
    });
    this.transfers = new Counter({
      name: 'allora_rewards_transfers_total',
      help: 'Transfers posted, by kind; repeats are not counted',
      labelNames: ['kind'],
      registers,
    });
    this.epochs = new Counter({
      name: 'allora_rewards_epochs_total',
      help: 'Epochs settled: paid, empty (nobody was scored) or undefined (the formulas have no answer)',
      labelNames: ['result'],
      registers,
    });
    this.snapshots = new Counter({
      name: 'allora_rewards_stake_snapshots_total',
      help: 'Stake snapshots published',
      registers,
    });
    new Gauge({
      name: 'allora_rewards_conservation_error_uallo',
      help: 'Sum of all balances, the mint included: anything but 0 means that money was made or lost',
      registers,
      async collect() {
        const { mintedUallo, heldUallo } = await ledger.supply();
        this.set(Number(heldUallo - mintedUallo));
      },
    });
  }
}
