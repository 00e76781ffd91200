import { SignedPayload } from '@allora/contracts/gen/allora/signing/v1/signing';
import { addressText, proofShape, topicIdText } from '@allora/service-kit/form';
import { ZodPipe } from '@allora/service-kit/zod.pipe';
import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { z } from 'zod';
import { participantAccount } from './account-names';
import { REWARDS_CONFIG, type RewardsConfig } from './config';
import { Deposits } from './deposits';
import { LedgerStore } from './ledger.store';
import { amountText, requestIdText } from './stake-deposit';

const faucetRequest = z.strictObject({
  address: addressText,
  amountUallo: amountText,
  requestId: requestIdText,
});

const stakeRequest = z.strictObject({
  reputer: addressText,
  amountUallo: amountText,
  requestId: requestIdText,
  ...proofShape,
});

@Controller('v1')
export class AccountsHttp {
  constructor(
    @Inject(REWARDS_CONFIG) private readonly config: RewardsConfig,
    private readonly deposits: Deposits,
    private readonly ledger: LedgerStore,
  ) {}

  @Get('accounts/:address')
  async account(@Param('address', new ZodPipe(addressText)) address: string) {
    const balanceUallo = await this.ledger.balance(participantAccount(address).name);
    const stakes = await this.ledger.stakesOfReputer(address);
    return {
      address,
      balanceUallo: balanceUallo.toString(),
      stakes: stakes.map(({ topicId, stakeUallo }) => ({
        topicId,
        stakeUallo: stakeUallo.toString(),
        delegatedUallo: '0',
      })),
    };
  }

  @Get('supply')
  async supply() {
    const { mintedUallo, heldUallo } = await this.ledger.supply();
    return { mintedUallo: mintedUallo.toString(), heldUallo: heldUallo.toString() };
  }

  @Post('faucet')
  @HttpCode(201)
  async faucet(
    @Body(new ZodPipe(faucetRequest)) { amountUallo, ...request }: z.output<typeof faucetRequest>,
  ) {
    const balanceUallo = await this.deposits.give({ ...request, amountUallo: BigInt(amountUallo) });
    return { address: request.address, balanceUallo: balanceUallo.toString() };
  }

  @Post('topics/:id/stakes')
  @HttpCode(201)
  async stake(
    @Param('id', new ZodPipe(topicIdText)) topicId: number,
    @Body(new ZodPipe(stakeRequest)) { publicKey, signature, ...fields }: z.output<typeof stakeRequest>,
  ) {
    const body = { $case: 'stakeDeposit' as const, value: { topicId, ...fields } };
    const stakeUallo = await this.deposits.depositStake({
      payload: SignedPayload.encode({ chainId: this.config.chainId, body }).finish(),
      publicKey,
      signature,
    });
    return { stakeUallo: stakeUallo.toString() };
  }
}
