import type { ServiceBus } from '@allora/bus/service-bus';
import { RefusalError } from '@allora/contracts/errors';
import type { SignedMessage, StakeDeposit } from '@allora/contracts/gen/allora/signing/v1/signing';
import { TopicCoordinatorService } from '@allora/contracts/gen/allora/topics/v1/topics';
import { type GrpcClient, GrpcClients } from '@allora/service-kit/grpc-client';
import { SERVICE_BUS } from '@allora/service-kit/tokens';
import { Database } from '@allora/store/database';
import { Inject, Injectable } from '@nestjs/common';
import { FAUCET, MINT, networkAccount, participantAccount, stakeAccount } from './account-names';
import { REWARDS_CONFIG, type RewardsConfig } from './config';
import { LedgerStore, type Posted, type Transfer } from './ledger.store';
import { RewardsMetrics } from './metrics';
import { readStakeDeposit } from './stake-deposit';
import { TopicsStore } from './topics.store';

/** Commands that move money: shared by HTTP and gRPC. */
@Injectable()
export class Deposits {
  private readonly coordinator: GrpcClient<typeof TopicCoordinatorService>;

  constructor(
    @Inject(REWARDS_CONFIG) private readonly config: RewardsConfig,
    @Inject(SERVICE_BUS) private readonly bus: ServiceBus,
    private readonly database: Database,
    private readonly ledger: LedgerStore,
    private readonly topics: TopicsStore,
    private readonly metrics: RewardsMetrics,
    clients: GrpcClients,
  ) {
    this.coordinator = clients.connect(TopicCoordinatorService, config.coordinatorGrpcAddress);
  }

  /** Returns the stake right after the deposit, in uallo; a repeat answers as the first time. */
  async depositStake(signed: SignedMessage): Promise<bigint> {
    const deposit = readStakeDeposit(signed, this.config.chainId);
    await this.requireTopic(deposit.topicId);
    const transfer = stakeTransfer(deposit);
    // In turn with the topic's snapshots and payments, so that the ledger has one order of what touches a stake.
    const { posted, stakeUallo } = await this.bus.transaction(
      { key: String(deposit.topicId) },
      async ({ tx }) => {
        const posted = await this.ledger.post(tx, transfer);
        const stake = stakeAccount(deposit.topicId, deposit.reputer).name;
        return { posted, stakeUallo: await this.ledger.balanceAfter(tx, stake, posted.transferId) };
      },
    );
    this.count(transfer, posted);
    return stakeUallo;
  }

  /** Issues to a participant on a test network; returns its balance in uallo. */
  async give(request: { address: string; amountUallo: bigint; requestId: string }): Promise<bigint> {
    if (this.config.faucet !== 'open') throw new RefusalError('FAUCET_CLOSED', 'this network has no faucet');
    const { address, amountUallo, requestId } = request;
    if (amountUallo > BigInt(this.config.faucetMaxUallo)) {
      throw new RefusalError(
        'VALUE_NOT_ALLOWED',
        `the faucet gives at most ${this.config.faucetMaxUallo} uallo`,
        {
          maxUallo: this.config.faucetMaxUallo,
        },
      );
    }
    const transfer: Transfer = {
      key: `faucet:${address}:${requestId}`,
      kind: 'faucet',
      lines: [
        { account: networkAccount(MINT), amountUallo: -amountUallo },
        { account: networkAccount(FAUCET), amountUallo },
        { account: networkAccount(FAUCET), amountUallo: -amountUallo },
        { account: participantAccount(address), amountUallo },
      ],
    };
    this.count(transfer, await this.database.transaction((tx) => this.ledger.post(tx, transfer)));
    return this.ledger.balance(participantAccount(address).name);
  }

  private count({ kind }: Transfer, { repeated }: Posted): void {
    if (!repeated) this.metrics.transfers.inc({ kind });
  }

  /** A topic just made may not have come by the log yet: its owner knows. */
  private async requireTopic(topicId: number): Promise<void> {
    if (await this.topics.isKnown(topicId)) return;
    const { topic } = await this.coordinator.getTopic({ topicId });
    if (!topic) throw new RefusalError('UNKNOWN_TOPIC', `topic ${topicId} does not exist`, { topicId });
    await this.database.transaction((tx) => this.topics.save(tx, topicId));
  }
}

function stakeTransfer({ topicId, reputer, amountUallo, requestId }: StakeDeposit): Transfer {
  return {
    key: `stake:${topicId}:${reputer}:${requestId}`,
    kind: 'stake-deposit',
    topicId,
    lines: [
      { account: participantAccount(reputer), amountUallo: -BigInt(amountUallo) },
      { account: stakeAccount(topicId, reputer), amountUallo: BigInt(amountUallo) },
    ],
  };
}
