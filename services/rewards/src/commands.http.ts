import type { ExecuteCommandResponse } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import { SignedPayload } from '@allora/contracts/gen/allora/signing/v1/signing';
import { stakeAccount } from '@allora/protocol/economy/accounts';
import { depositStake, drawFromFaucet, executeCommand } from '@allora/public-api/routes/commands';
import { ZodPipe } from '@allora/service-kit/zod.pipe';
import { Body, Controller, HttpCode, Inject, Param, Post } from '@nestjs/common';
import type { z } from 'zod';
import { accountCommandOf } from './command-forms';
import { REWARDS_CONFIG, type RewardsConfig } from './config';
import { Faucet } from './faucet';
import { LedgerStore } from './ledger.store';
import { SignedCommands } from './signed-commands';

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
    @Body(new ZodPipe(executeCommand.body)) body: z.output<typeof executeCommand.body>,
  ): Promise<ExecuteCommandResponse> {
    const { publicKey, signature, ...fields } = body;
    const { message: value } = accountCommandOf(fields);
    const { answer } = await this.execute({ $case: 'accountCommand', value }, { publicKey, signature });
    return answer;
  }

  @Post('topics/:id/stakes')
  @HttpCode(201)
  async stake(
    @Param(new ZodPipe(depositStake.params)) { id: topicId }: z.output<typeof depositStake.params>,
    @Body(new ZodPipe(depositStake.body))
    { publicKey, signature, ...fields }: z.output<typeof depositStake.body>,
  ) {
    const value = { topicId, ...fields };
    const { command } = await this.execute({ $case: 'stakeDeposit', value }, { publicKey, signature });
    const stakeUallo = await this.ledger.balanceAfter(stakeAccount(topicId, fields.reputer), command.key);
    return { stakeUallo: stakeUallo.toString() };
  }

  @Post('faucet')
  @HttpCode(201)
  async faucet(
    @Body(new ZodPipe(drawFromFaucet.body))
    { amountUallo, ...request }: z.output<typeof drawFromFaucet.body>,
  ) {
    const balanceUallo = await this.gifts.give({ ...request, amountUallo: BigInt(amountUallo) });
    return { address: request.address, balanceUallo: balanceUallo.toString() };
  }

  private execute(body: SignedBody, proof: Proof) {
    const payload = SignedPayload.encode({ chainId: this.config.chainId, body }).finish();
    return this.commands.execute({ payload, ...proof }, body.$case);
  }
}
