import type { ExecuteCommandResponse } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import { SignedPayload } from '@allora/contracts/gen/allora/signing/v1/signing';
import { stakeAccount } from '@allora/protocol/economy/accounts';
import { addressText, proofShape, topicIdText } from '@allora/service-kit/form';
import { ZodPipe } from '@allora/service-kit/zod.pipe';
import { Body, Controller, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { z } from 'zod';
import { amountText, readAccountCommand, requestIdText } from './command-forms';
import { REWARDS_CONFIG, type RewardsConfig } from './config';
import { Faucet } from './faucet';
import { LedgerStore } from './ledger.store';
import { SignedCommands } from './signed-commands';

const commandRequest = z.looseObject(proofShape);
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

type SignedBody = NonNullable<SignedPayload['body']>;
interface Proof {
  readonly publicKey: Uint8Array;
  readonly signature: Uint8Array;
}

@Controller('v1')
export class CommandsHttp {
  constructor(
    @Inject(REWARDS_CONFIG) private readonly config: RewardsConfig,
    private readonly commands: SignedCommands,
    private readonly gifts: Faucet,
    private readonly ledger: LedgerStore,
  ) {}

  @Post('commands')
  async command(
    @Body(new ZodPipe(commandRequest)) { publicKey, signature, ...fields }: z.output<typeof commandRequest>,
  ): Promise<ExecuteCommandResponse> {
    const { message: value } = readAccountCommand(fields);
    const { answer } = await this.execute({ $case: 'accountCommand', value }, { publicKey, signature });
    return answer;
  }

  @Post('topics/:id/stakes')
  @HttpCode(201)
  async stake(
    @Param('id', new ZodPipe(topicIdText)) topicId: number,
    @Body(new ZodPipe(stakeRequest)) { publicKey, signature, ...fields }: z.output<typeof stakeRequest>,
  ) {
    const value = { topicId, ...fields };
    const { command } = await this.execute({ $case: 'stakeDeposit', value }, { publicKey, signature });
    const stakeUallo = await this.ledger.balanceAfter(stakeAccount(topicId, fields.reputer), command.key);
    return { stakeUallo: stakeUallo.toString() };
  }

  @Post('faucet')
  @HttpCode(201)
  async faucet(
    @Body(new ZodPipe(faucetRequest)) { amountUallo, ...request }: z.output<typeof faucetRequest>,
  ) {
    const balanceUallo = await this.gifts.give({ ...request, amountUallo: BigInt(amountUallo) });
    return { address: request.address, balanceUallo: balanceUallo.toString() };
  }

  private execute(body: SignedBody, proof: Proof) {
    const payload = SignedPayload.encode({ chainId: this.config.chainId, body }).finish();
    return this.commands.execute({ payload, ...proof }, body.$case);
  }
}
