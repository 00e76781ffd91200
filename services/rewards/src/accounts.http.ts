import { addressText } from '@allora/service-kit/form';
import { ZodPipe } from '@allora/service-kit/zod.pipe';
import { Controller, Get, Param, Query } from '@nestjs/common';
import { z } from 'zod';
import { AccountsStore } from './accounts.store';
import { toJson } from './json';

const countText = (most: number, fallback: number) =>
  z
    .string()
    .regex(/^[1-9]\d{0,5}$/, 'expected a whole number above zero')
    .transform(Number)
    .refine((count) => count <= most, `expected at most ${most}`)
    .default(fallback);

const statementQuery = z.object({
  before: z
    .string()
    .regex(/^[1-9]\d{0,14}$/, 'expected the id of a transfer')
    .transform(Number)
    .default(Number.MAX_SAFE_INTEGER),
  limit: countText(500, 50),
});

@Controller('v1/accounts')
export class AccountsHttp {
  constructor(private readonly accounts: AccountsStore) {}

  @Get(':address')
  async account(@Param('address', new ZodPipe(addressText)) address: string) {
    const { stakes, ...view } = await this.accounts.view(address);
    return toJson({
      address,
      ...view,
      stakes: stakes.map((stake) => ({ ...stake, stakeUallo: stake.ownUallo + stake.delegatedUallo })),
    });
  }

  /** Transfers are never split: a page holds all postings of those that it has. */
  @Get(':address/postings')
  async postings(
    @Param('address', new ZodPipe(addressText)) address: string,
    @Query(new ZodPipe(statementQuery)) { before, limit }: z.output<typeof statementQuery>,
  ) {
    const postings = await this.accounts.statement(address, before, limit);
    const transfers = new Set(postings.map(({ transferId }) => transferId));
    const isLast = transfers.size < limit;
    return { address, postings, before: isLast ? null : Math.min(...transfers) };
  }
}
