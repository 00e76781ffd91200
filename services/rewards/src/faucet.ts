import { RefusalError } from '@allora/contracts/errors';
import { participantAccount } from '@allora/protocol/economy/accounts';
import { messageHash } from '@allora/identity/signature';
import { Inject, Injectable } from '@nestjs/common';
import { REWARDS_CONFIG, type RewardsConfig } from './config';
import { LedgerStore } from './ledger.store';
import { SignedCommands } from './signed-commands';

/** Gives ALLO to whoever asks, on a test network. */
@Injectable()
export class Faucet {
  constructor(
    @Inject(REWARDS_CONFIG) private readonly config: RewardsConfig,
    private readonly commands: SignedCommands,
    private readonly ledger: LedgerStore,
  ) {}

  /** Returns the balance of the address in uallo. */
  async give(request: { address: string; amountUallo: bigint; requestId: string }): Promise<bigint> {
    const { faucet, faucetMaxUallo } = this.config;
    if (faucet !== 'open') throw new RefusalError('FAUCET_CLOSED', 'this network has no faucet');
    const { address, amountUallo, requestId } = request;
    if (amountUallo > BigInt(faucetMaxUallo)) {
      const detail = `the faucet gives at most ${faucetMaxUallo} uallo`;
      throw new RefusalError('VALUE_NOT_ALLOWED', detail, { maxUallo: faucetMaxUallo });
    }
    const key = `faucet:${address}:${requestId}`;
    await this.commands.apply({
      command: { kind: 'faucet', to: address, amountUallo },
      key,
      // Nobody signs for it: it must not use up a request id of the account's own.
      author: address,
      requestId: `faucet:${requestId}`,
      hash: messageHash(Buffer.from(`${key}:${amountUallo}`)),
    });
    return this.ledger.balance(participantAccount(address));
  }
}
