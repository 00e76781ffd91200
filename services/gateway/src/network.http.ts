import { type GetFeesResponse, RewardsService } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import { Clock } from '@allora/service-kit/clock';
import { type GrpcClient, GrpcClients } from '@allora/service-kit/grpc-client';
import { NetworkKey } from '@allora/service-kit/network-key';
import { Controller, Get, Inject } from '@nestjs/common';
import { GATEWAY_CONFIG, type GatewayConfig } from './config';

/** Who only wants to sign does not wait longer for the ledger. */
const FEES_DEADLINE_MS = 500;
/** Settings of a service that may be replaced by one with others. */
const FEES_TTL_MS = 10_000;

@Controller('v1/network')
export class NetworkHttp {
  private readonly rewards: GrpcClient<typeof RewardsService>;
  private known: { readonly fees: GetFeesResponse; readonly untilMs: number } | undefined;

  constructor(
    @Inject(GATEWAY_CONFIG) { rewardsGrpcAddress }: GatewayConfig,
    clients: GrpcClients,
    private readonly key: NetworkKey,
    private readonly clock: Clock,
  ) {
    this.rewards = clients.connect(RewardsService, rewardsGrpcAddress);
  }

  /** What a client needs to sign for this network, to check what it signed, and to pay for it. */
  @Get()
  async network() {
    const networkPublicKey = Buffer.from(this.key.publicKey).toString('hex');
    const others = this.key.others.map(({ publicKey }) => publicKey);
    const keys = {
      networkPublicKey,
      receiptsVerifiableWith: [networkPublicKey, ...others],
      otherKeys: this.key.others,
    };
    return { chainId: this.key.chainId, ...keys, fees: await this.feesNow() };
  }

  private async feesNow(): Promise<GetFeesResponse | null> {
    const nowMs = this.clock.nowMs();
    if (this.known && nowMs < this.known.untilMs) return this.known.fees;
    try {
      const fees = await this.rewards.getFees({}, { deadlineMs: FEES_DEADLINE_MS });
      this.known = { fees, untilMs: nowMs + FEES_TTL_MS };
      return fees;
    } catch {
      return this.known?.fees ?? null;
    }
  }
}
