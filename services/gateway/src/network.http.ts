import { NetworkKey } from '@allora/service-kit/network-key';
import { Controller, Get } from '@nestjs/common';

@Controller('v1/network')
export class NetworkHttp {
  constructor(private readonly key: NetworkKey) {}

  /** What a client needs to sign for this network and to check what it signed. */
  @Get()
  network() {
    const networkPublicKey = Buffer.from(this.key.publicKey).toString('hex');
    return { chainId: this.key.chainId, networkPublicKey, receiptsVerifiableWith: [networkPublicKey] };
  }
}
