import type { Transfer } from '@allora/protocol/economy/book';
import { MetricsRegistry } from '@allora/service-kit/metrics';
import { Injectable } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';
import { LedgerStore } from './ledger.store';

@Injectable()
export class RewardsMetrics {
  readonly paid: Counter<'role'>;
  readonly transfers: Counter<'kind'>;
  readonly commands: Counter<'kind' | 'outcome'>;
  readonly epochs: Counter<'result'>;
  readonly snapshots: Counter;
  readonly waitingBlocks: Gauge;
  readonly overdueEpochs: Counter;
  readonly conservationError: Gauge;
  readonly misstatedSums: Gauge;
  readonly supply: Gauge;
  /** Set by whoever holds the queue. */
  countInflight = (): number => 0;

  constructor(registry: MetricsRegistry, ledger: LedgerStore) {
    const registers = [registry];
    this.paid = new Counter({
      name: 'allora_rewards_paid_uallo_total',
      help: 'uallo paid for epochs, by role; delegators are those of reputers',
      labelNames: ['role'],
      registers,
    });
    this.transfers = new Counter({
      name: 'allora_rewards_transfers_total',
      help: 'Transfers posted, by kind; repeats are not counted',
      labelNames: ['kind'],
      registers,
    });
    this.commands = new Counter({
      name: 'allora_rewards_commands_total',
      help: 'Commands decided, by kind and outcome: applied, repeated, or the code of the refusal',
      labelNames: ['kind', 'outcome'],
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
    this.waitingBlocks = new Gauge({
      name: 'allora_rewards_waiting_block_records',
      help: 'Records of blocks that wait for the payments and sets that come before them',
      registers,
    });
    this.overdueEpochs = new Counter({
      name: 'allora_rewards_overdue_epochs_total',
      help: 'Epochs whose payment the blocks have waited for in vain, and went on without',
      registers,
    });
    this.conservationError = new Gauge({
      name: 'allora_rewards_conservation_error_uallo',
      help: "All accounts less genesis and minted, at the latest epoch's end: anything but 0 means that money was made or lost",
      registers,
    });
    this.misstatedSums = new Gauge({
      name: 'allora_rewards_misstated_sums',
      help: 'Stored sums of stake (of topics and of the network) that are not those of the accounts: must be 0',
      registers,
    });
    this.supply = new Gauge({
      name: 'allora_rewards_supply_uallo',
      help: "Everything that all accounts hold, at the latest epoch's end",
      registers,
    });
    this.gaugeQueue(registers);
    this.gaugeEconomy(registers, ledger);
  }

  countTransfers(transfers: readonly Transfer[]): void {
    for (const { kind } of transfers) this.transfers.inc({ kind });
  }

  private gaugeQueue(registers: MetricsRegistry[]): void {
    const count = () => this.countInflight();
    new Gauge({
      name: 'allora_rewards_inflight_commands',
      help: 'Commands on their way to the ledger',
      registers,
      collect() {
        this.set(count());
      },
    });
  }

  private gaugeEconomy(registers: MetricsRegistry[], ledger: LedgerStore): void {
    const gauge = (name: string, help: string) => new Gauge({ name, help, registers });
    const treasury = gauge('allora_rewards_treasury_uallo', 'What the treasury holds: fees not spent yet');
    const minted = gauge('allora_rewards_minted_uallo', 'Minted by emission so far');
    const block = gauge(
      'allora_rewards_block_emission_uallo',
      'Emission of a block, as it was set for the month',
    );
    const staked = new Gauge({
      name: 'allora_rewards_staked_uallo',
      help: 'Stake, by who holds it: reputers and their delegators (topics), or validators',
      labelNames: ['holder'],
      registers,
    });
    const dust = gauge('allora_rewards_dust_uallo', 'What the truncation of payments has left');
    new Gauge({
      name: 'allora_rewards_removals_pending',
      help: 'Removals of stake under way',
      registers,
      async collect() {
        const standing = await ledger.standing();
        treasury.set(standing.treasury);
        minted.set(standing.minted);
        block.set(standing.block);
        dust.set(standing.dust);
        staked.set({ holder: 'topics' }, standing.topicStake);
        staked.set({ holder: 'validators' }, standing.validatorStake);
        this.set(standing.removals);
      },
    });
  }
}
