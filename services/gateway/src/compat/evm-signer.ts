import { bytesOfHex, hexOf } from '@allora/identity/hex';
import { RefusalError } from '@allora/contracts/errors';
import { type EvmAccount, evmAccountFromKey } from '@allora/identity/evm-account';
import { type EvmInference, type InferenceConsumer, inferenceDigest } from '@allora/identity/evm-inference';
import { ConfigError } from '@allora/service-kit/config';
import { Inject, Injectable } from '@nestjs/common';
import { GATEWAY_CONFIG, type GatewayConfig } from '../config';
import { evmRule, type EvmSignerAddress, inferenceConsumersOf, readEvmSigner } from './settings';

/** Signs inferences for the contracts that the network is configured to answer. */
@Injectable()
export class EvmSigner {
  readonly consumers: ReadonlyMap<string, InferenceConsumer>;
  /** What the network signs with at other times: contracts allow the next one before it does. */
  readonly others: readonly EvmSignerAddress[];
  private readonly account: EvmAccount | undefined;

  constructor(@Inject(GATEWAY_CONFIG) config: GatewayConfig) {
    const problem = evmRule(config);
    if (problem !== undefined) throw new ConfigError([problem]);
    this.consumers = inferenceConsumersOf(config.evmChains);
    const key = config.evmSigningKey?.replace(/^0x/, '');
    this.account = key === undefined ? undefined : evmAccountFromKey(bytesOfHex(key));
    this.others = config.evmSignerAddresses
      .flatMap((text) => readEvmSigner(text) ?? [])
      .filter(({ address }) => address !== this.address);
  }

  /** What a contract lists as its data provider; null while the network signs for none. */
  get address(): string | null {
    return this.account?.address ?? null;
  }

  /** A function that signs for the format's contract; refused, before any work, for a format that is not configured. */
  signerOf(format: string): (inference: EvmInference) => string {
    const consumer = this.consumers.get(format);
    const { account } = this;
    if (!consumer || !account) {
      const formats = [...this.consumers.keys()];
      const known = formats.length > 0 ? formats.join(', ') : 'none; an operator sets EVM_CHAINS';
      throw new RefusalError(
        'NOT_FOUND',
        `signature format "${format}" is not configured here; configured: ${known}`,
      );
    }
    return (inference) => `0x${hexOf(account.sign(inferenceDigest(consumer, inference)))}`;
  }
}
