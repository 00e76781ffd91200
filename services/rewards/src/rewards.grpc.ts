import { RewardsService } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import { isAddress } from '@allora/identity/address';
import { participantAccount, stakeAccount } from '@allora/protocol/economy/accounts';
import { GrpcHost } from '@allora/service-kit/grpc-host';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { ProvenCommand } from './commands';
import { Economy } from './economy';
import { EconomyStore } from './economy.store';
import { LedgerStore } from './ledger.store';
import { SettledEpochsStore } from './settled-epochs.store';
import { SignedCommands } from './signed-commands';

@Injectable()
export class RewardsGrpc implements OnModuleInit {
  constructor(
    private readonly host: GrpcHost,
    private readonly ledger: LedgerStore,
    private readonly commands: SignedCommands,
    private readonly economy: EconomyStore,
    private readonly settings: Economy,
    private readonly settledEpochs: SettledEpochsStore,
  ) {}

  onModuleInit(): void {
    this.host.add(RewardsService, {
      /** An address stands for the participant's own account; every other account has its full name. */
      getAccount: async ({ account }) => {
        const name = isAddress(account) ? participantAccount(account) : account;
        return { account: name, balanceUallo: (await this.ledger.balance(name)).toString() };
      },
      getStake: async ({ topicId, reputer }) => {
        const { ownUallo, delegatedUallo } = await this.ledger.stakeOf(topicId, reputer);
        return {
          stakeUallo: (ownUallo + delegatedUallo).toString(),
          delegatedUallo: delegatedUallo.toString(),
        };
      },
      getSupply: async () => {
        const { mintedUallo, heldUallo } = await this.ledger.supply();
        return { mintedUallo: mintedUallo.toString(), heldUallo: heldUallo.toString() };
      },
      depositStake: async ({ signed }) => {
        const { command } = await this.commands.execute(signed, 'stakeDeposit');
        return { stakeUallo: (await this.stakeAfter(command)).toString() };
      },
      executeCommand: async ({ signed }) => (await this.commands.execute(signed, 'accountCommand')).answer,
      chargeFee: async ({ signed }) => {
        const { answer } = await this.commands.execute(signed, 'topicCreation', 'registration');
        return { feeUallo: answer.movedUallo };
      },
      getFees: async () => {
        const { topicCreationFeeUallo, registrationFeeUallo, dataFeeUallo } = this.settings.rules;
        return {
          topicCreationUallo: topicCreationFeeUallo.toString(),
          registrationUallo: registrationFeeUallo.toString(),
          submissionUallo: dataFeeUallo.toString(),
        };
      },
      getEpochPayment: async ({ topicId, nonce }) => {
        const epoch = await this.settledEpochs.find(topicId, nonce);
        return { settled: epoch !== undefined, paid: (epoch?.rewards.payments.length ?? 0) > 0 };
      },
      getHeight: async () => ({ height: (await this.economy.network()).height }),
      holdInferenceFee: async ({ signed }) => {
        const { command, answer } = await this.commands.execute(signed, 'inferenceRequest');
        return { heldUallo: answer.movedUallo, ledgerKey: command.key, height: answer.height };
      },
      settleInferenceHold: async ({ signed }) => {
        const { command, answer } = await this.commands.execute(
          signed,
          'inferenceStatement',
          'inferenceRefund',
        );
        return { movedUallo: answer.movedUallo, ledgerKey: command.key, height: answer.height };
      },
    });
  }

  private async stakeAfter({ command, key }: ProvenCommand): Promise<bigint> {
    if (command.kind !== 'stake') throw new Error(`a ${command.kind} is no deposit`);
    return this.ledger.balanceAfter(stakeAccount(command.topicId, command.reputer), key);
  }
}
