import { RefusalError } from '@allora/contracts/errors';
import { RewardsService } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import { isAddress } from '@allora/identity/address';
import { GrpcHost } from '@allora/service-kit/grpc-host';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { participantAccount, stakeAccount } from './account-names';
import { Deposits } from './deposits';
import { LedgerStore } from './ledger.store';

@Injectable()
export class RewardsGrpc implements OnModuleInit {
  constructor(
    private readonly host: GrpcHost,
    private readonly ledger: LedgerStore,
    private readonly deposits: Deposits,
  ) {}

  onModuleInit(): void {
    this.host.add(RewardsService, {
      /** An address stands for the participant's own account; every other account has its full name. */
      getAccount: async ({ account }) => {
        const name = isAddress(account) ? participantAccount(account).name : account;
        return { account: name, balanceUallo: (await this.ledger.balance(name)).toString() };
      },
      getStake: async ({ topicId, reputer }) => {
        const stakeUallo = await this.ledger.balance(stakeAccount(topicId, reputer).name);
        return { stakeUallo: stakeUallo.toString(), delegatedUallo: '0' };
      },
      getSupply: async () => {
        const { mintedUallo, heldUallo } = await this.ledger.supply();
        return { mintedUallo: mintedUallo.toString(), heldUallo: heldUallo.toString() };
      },
      depositStake: async ({ signed }) => {
        if (!signed) throw new RefusalError('MALFORMED', 'the signed message is missing');
        return { stakeUallo: (await this.deposits.depositStake(signed)).toString() };
      },
    });
  }
}
