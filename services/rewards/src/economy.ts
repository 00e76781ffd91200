import type { EconomyRules } from '@allora/protocol/economy/book';
import {
  emissionParamsOf,
  type Genesis,
  genesisTransfer,
  networkAtGenesis,
  type VestingClass,
  vestingOf,
} from '@allora/protocol/economy/genesis';
import { post } from '@allora/protocol/economy/post';
import type { EmissionParams } from '@allora/protocol/params';
import { Log } from '@allora/service-kit/log';
import { Database, type Tx } from '@allora/store/database';
import type { FactoryProvider } from '@nestjs/common';
import { BookStore } from './book.store';
import { wants } from './book-wants';
import { REWARDS_CONFIG, type RewardsConfig } from './config';
import { genesisHash, readGenesis } from './genesis-file';

/** What the network runs under: its genesis and its settings. */
export class Economy {
  readonly rules: EconomyRules;
  readonly emission: EmissionParams;
  readonly vesting: readonly VestingClass[];

  constructor(config: RewardsConfig, genesis: Genesis) {
    this.rules = {
      removalDelayBlocks: config.removalDelayBlocks,
      removalsPerBlock: config.removalsPerBlock,
      topicCreationFeeUallo: BigInt(config.topicCreationFeeUallo),
      registrationFeeUallo: BigInt(config.registrationFeeUallo),
      dataFeeUallo: BigInt(config.dataFeeUallo),
      minTopicWeight: config.minTopicWeight,
      paidTopicsPerBlock: config.paidTopicsPerBlock,
      operators: new Set(genesis.operators),
    };
    this.emission = emissionParamsOf(genesis);
    this.vesting = vestingOf(genesis);
  }
}

/** There once the ledger is open: nothing is served before. */
export const economyProvider: FactoryProvider<Economy> = {
  provide: Economy,
  inject: [REWARDS_CONFIG, Database, BookStore, Log],
  useFactory: async (config: RewardsConfig, database: Database, books: BookStore, log: Log) => {
    const genesis = readGenesis(config);
    const opened = await database.transaction((tx) => openLedger(tx, books, genesis));
    if (opened) log.info({ genesisHash: genesisHash(genesis) }, 'the ledger is opened');
    return new Economy(config, genesis);
  },
};

/** Issues the supply of the genesis, once. Returns whether it was now; a ledger of another genesis is refused. */
export async function openLedger(tx: Tx, books: BookStore, genesis: Genesis): Promise<boolean> {
  await books.lock(tx);
  const hash = genesisHash(genesis);
  const network = await tx.networkEconomy.findUnique({ where: { id: 1 } });
  if (network && network.genesisHash !== hash) {
    throw new Error(
      `GENESIS_FILE: the ledger was opened with the genesis ${network.genesisHash}, and this one is ${hash}; start with the ` +
        'genesis of this network, or with another database',
    );
  }
  if (network) return false;
  const { blocksPerMonth, height, reputersPercent } = networkAtGenesis(genesis);
  // A ledger from before there was a genesis holds stake already.
  await tx.$executeRaw`
    INSERT INTO rewards.network (id, genesis_hash, blocks_per_month, height, reputers_percent, topic_stake_uallo)
    SELECT 1, ${hash}, ${BigInt(blocksPerMonth)}, ${BigInt(height)}, ${reputersPercent.toString()}::numeric,
           (SELECT coalesce(sum(stake_uallo), 0) FROM rewards.topics)`;
  const transfer = genesisTransfer(genesis);
  const book = await books.load(tx, wants({ accounts: transfer.postings.map(({ account }) => account) }));
  post(book, transfer);
  await books.save(tx, book);
  return true;
}
