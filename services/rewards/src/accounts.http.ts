import { getAccount, listPostings } from '@allora/public-api/routes/economy';
import { ZodPipe } from '@allora/service-kit/zod.pipe';
import { Controller, Get, Param, Query } from '@nestjs/common';
import type { z } from 'zod';
import { AccountsStore } from './accounts.store';
import { toJson } from './json';

@Controller('v1/accounts')
export class AccountsHttp {
  constructor(private readonly accounts: AccountsStore) {}

  @Get(':address')
  async account(@Param(new ZodPipe(getAccount.params)) { address }: z.output<typeof getAccount.params>) {
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
    @Param(new ZodPipe(listPostings.params)) { address }: z.output<typeof listPostings.params>,
    @Query(new ZodPipe(listPostings.query)) query: z.output<typeof listPostings.query>,
  ) {
    const { before = Number.MAX_SAFE_INTEGER, limit } = query;
    const postings = await this.accounts.statement(address, before, limit);
    const transfers = new Set(postings.map(({ transferId }) => transferId));
    const isLast = transfers.size < limit;
    return { address, postings, before: isLast ? null : Math.min(...transfers) };
  }
}
