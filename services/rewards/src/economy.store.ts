import { MINT, TREASURY, vestingAccount } from '@allora/protocol/economy/accounts';
import type { NetworkState, TopicState } from '@allora/protocol/economy/book';
import { type Supply, supplyOf } from '@allora/protocol/economy/supply';
import { Database, type Tx } from '@allora/store/database';
import { Injectable } from '@nestjs/common';
import { BookStore } from './book.store';
import { wants } from './book-wants';
import { Economy } from './economy';

/** How the economy as a whole stands. */
@Injectable()
export class EconomyStore {
  constructor(
    private readonly database: Database,
    private readonly books: BookStore,
    private readonly economy: Economy,
  ) {}

  async topic(topicId: number): Promise<{ topic: TopicState | undefined; network: NetworkState }> {
    const book = await this.load({ topics: [topicId] });
    return { topic: book.topics.get(String(topicId)), network: book.network };
  }

  async network(): Promise<NetworkState> {
    return (await this.load({})).network;
  }

  /** The supply at the height up to which all blocks are applied. */
  async supply(): Promise<Supply & { readonly height: number }> {
    const { vesting, emission } = this.economy;
    const locked = vesting.map(({ name }) => vestingAccount(name));
    const { balances, network } = await this.load({ accounts: [MINT, TREASURY, ...locked] });
    const of = (account: string) => balances.get(account) ?? 0n;
    const held = {
      mintUallo: of(MINT),
      treasuryUallo: of(TREASURY),
      vestingUallo: locked.map(of),
    };
    return { height: network.height, ...supplyOf(held, network, emission) };
  }

  private load(some: Parameters<typeof wants>[0]) {
    return this.books.load(this.database.prisma as Tx, wants(some));
  }
}
