import { RefusalError } from '@allora/contracts/errors';
import { formatAllo } from '@allora/protocol/uallo';
import { getEmission, getTopicEconomy, listStakes } from '@allora/public-api/routes/economy';
import { getPriceGuide } from '@allora/public-api/routes/purchases';
import { ZodPipe } from '@allora/service-kit/zod.pipe';
import { Controller, Get, Param, Query } from '@nestjs/common';
import type { z } from 'zod';
import { Economy } from './economy';
import { EconomyStore } from './economy.store';
import { EmissionStore } from './emission.store';
import type { EconomyRules } from '@allora/protocol/economy/book';
import { priceGuide } from '@allora/protocol/economy/price-guide';
import { feesOf } from '@allora/protocol/economy/topic-life';
import { toJson } from './json';
import { LedgerStore } from './ledger.store';

/** 0.001, 0.1, 1, 10 and 1000 ALLO. */
const EXAMPLE_FEES_UALLO = [10n ** 15n, 10n ** 17n, 10n ** 18n, 10n ** 19n, 10n ** 21n];

@Controller('v1')
export class EconomyHttp {
  private readonly rules: EconomyRules;

  constructor(
    private readonly economy: EconomyStore,
    private readonly emission: EmissionStore,
    private readonly ledger: LedgerStore,
    { rules }: Economy,
  ) {
    this.rules = rules;
  }

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
  async months(@Query(new ZodPipe(getEmission.query)) { months }: z.output<typeof getEmission.query>) {
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
  async stakes(@Param(new ZodPipe(listStakes.params)) { id: topicId }: z.output<typeof listStakes.params>) {
    await this.requireTopic(topicId);
    const stakes = await this.ledger.stakesOfTopic(topicId);
    const reputers = stakes.map((stake) => ({ ...stake, stakeUallo: stake.ownUallo + stake.delegatedUallo }));
    return toJson({ topicId, reputers });
  }

  @Get('topics/:id/economy')
  async topic(
    @Param(new ZodPipe(getTopicEconomy.params)) { id: topicId }: z.output<typeof getTopicEconomy.params>,
  ) {
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

  /** What fees buy: asked for by `feeUallo`, else some powers of ten of ALLO around what a payment comes to. */
  @Get('topics/:id/price-guide')
  async prices(
    @Param(new ZodPipe(getPriceGuide.params)) { id: topicId }: z.output<typeof getPriceGuide.params>,
    @Query(new ZodPipe(getPriceGuide.query)) { feeUallo }: z.output<typeof getPriceGuide.query>,
  ) {
    const { topic, network } = await this.requireTopic(topicId);
    const fees = feeUallo === undefined ? EXAMPLE_FEES_UALLO : [BigInt(feeUallo)];
    const guide = priceGuide(topic, network, this.rules, fees);
    return toJson({ topicId, height: network.height, totalWeight: network.totalWeight, ...guide });
  }

  private async requireTopic(topicId: number) {
    const { topic, network } = await this.economy.topic(topicId);
    if (!topic) throw new RefusalError('UNKNOWN_TOPIC', `topic ${topicId} does not exist`, { topicId });
    return { topic, network };
  }
}
