import { RefusalError } from '@allora/contracts/errors';
import { formatAllo } from '@allora/protocol/uallo';
import { topicIdText } from '@allora/service-kit/form';
import { ZodPipe } from '@allora/service-kit/zod.pipe';
import { Controller, Get, Param, Query } from '@nestjs/common';
import { z } from 'zod';
import { EconomyStore } from './economy.store';
import { EmissionStore } from './emission.store';
import { feesOf } from '@allora/protocol/economy/topic-life';
import { toJson } from './json';
import { LedgerStore } from './ledger.store';

const MONTHS_MAX = 1_200;

const emissionQuery = z.object({
  months: z
    .string()
    .regex(/^[1-9]\d{0,3}$/, 'expected a whole number above zero')
    .transform(Number)
    .refine((months) => months <= MONTHS_MAX, `expected at most ${MONTHS_MAX}`)
    .default(12),
});

@Controller('v1')
export class EconomyHttp {
  constructor(
    private readonly economy: EconomyStore,
    private readonly emission: EmissionStore,
    private readonly ledger: LedgerStore,
  ) {}

  /** `mintedUallo` is all that the mint ever issued: by the genesis, and by emission since. */
  @Get('supply')
  async supply() {
    const [{ mintedUallo: emittedUallo, ...supply }, conservation, { mintedUallo, heldUallo }] =
      await Promise.all([this.economy.supply(), this.ledger.conservation(), this.ledger.supply()]);
    const { genesisUallo, errorUallo } = conservation;
    return toJson({
      ...supply,
      genesisUallo,
      emittedUallo,
      mintedUallo,
      heldUallo,
      conservationErrorUallo: errorUallo,
    });
  }

  @Get('emission')
  async months(@Query(new ZodPipe(emissionQuery)) { months }: z.output<typeof emissionQuery>) {
    const [network, history] = await Promise.all([this.economy.network(), this.emission.latest(months)]);
    const { height, blocksPerMonth, blockEmissionUallo, ecosystemMintedUallo } = network;
    return toJson({
      height,
      blocksPerMonth,
      blockEmissionUallo,
      ecosystemMintedUallo,
      months: history.map(({ rate, reputersPercent, ...month }) => ({
        ...month,
        rate: formatAllo(rate),
        reputersPercent: formatAllo(reputersPercent),
      })),
    });
  }

  @Get('topics/:id/stakes')
  async stakes(@Param('id', new ZodPipe(topicIdText)) topicId: number) {
    await this.requireTopic(topicId);
    const stakes = await this.ledger.stakesOfTopic(topicId);
    const reputers = stakes.map((stake) => ({ ...stake, stakeUallo: stake.ownUallo + stake.delegatedUallo }));
    return toJson({ topicId, reputers });
  }

  @Get('topics/:id/economy')
  async topic(@Param('id', new ZodPipe(topicIdText)) topicId: number) {
    const { topic, network } = await this.requireTopic(topicId);
    const feeRevenueUallo = feesOf(topic);
    return toJson({
      topicId,
      ...topic,
      feeRevenueUallo,
      totalWeight: network.totalWeight,
      height: network.height,
    });
  }

  private async requireTopic(topicId: number) {
    const { topic, network } = await this.economy.topic(topicId);
    if (!topic) throw new RefusalError('UNKNOWN_TOPIC', `topic ${topicId} does not exist`, { topicId });
    return { topic, network };
  }
}
