import { hexOf } from '@allora/identity/hex';
import { Controller, Get } from '@nestjs/common';
import { EvmSigner } from './evm-signer';

@Controller('v1/evm')
export class EvmHttp {
  constructor(private readonly signer: EvmSigner) {}

  /** What the owner of a contract needs to let this network's signatures in. */
  @Get()
  signing() {
    return {
      signer: this.signer.address,
      otherSigners: this.signer.others,
      consumers: [...this.signer.consumers].map(([signatureFormat, { chainId, contract }]) => ({
        signatureFormat,
        chainId: Number(chainId),
        contract: `0x${hexOf(contract)}`,
      })),
    };
  }
}
