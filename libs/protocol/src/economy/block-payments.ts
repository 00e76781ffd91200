import type { EmissionParams } from '../params';
import { blockPayment, mintableUallo } from '../reward/emission-uallo';
import { MINT, REWARDS_POOL, TREASURY, VALIDATORS_POOL } from './accounts';
import type { Book } from './book';
import { balanceOf, postNonZero } from './post';
import { shareOut } from './shares';

/**
 * Section 11, every block from `first` to `last`: fees first, only what they lack is minted. Blocks are paid whole, as
 * many as treasury and mint cover. Returns what the rewards pool got of the last one.
 */
export function payBlocks(book: Book, emission: EmissionParams, first: number, last: number): bigint {
  const { network } = book;
  const treasuryUallo = balanceOf(book, TREASURY);
  const mintable = mintableUallo(network.ecosystemMintedUallo, emission);
  const each = partsOfBlock(book, emission);
  const needUallo = each.validatorsUallo + each.rewardsUallo;
  if (needUallo === 0n) return 0n;
  const told = BigInt(last - first + 1);
  const covered = (treasuryUallo + mintable) / needUallo;
  const blocks = covered < told ? covered : told;
  if (blocks === 0n) return 0n;
  const lackUallo = needUallo * blocks - treasuryUallo;
  const mintedUallo = lackUallo > 0n ? lackUallo : 0n;
  const validatorsUallo = each.validatorsUallo * blocks;
  const rewardsUallo = each.rewardsUallo * blocks;
  postNonZero(book, {
    key: `block-emission:${first}:${last}`,
    kind: 'block-emission',
    postings: [
      { account: MINT, amountUallo: -mintedUallo },
      { account: TREASURY, amountUallo: mintedUallo - needUallo * blocks },
      { account: VALIDATORS_POOL, amountUallo: validatorsUallo },
      { account: REWARDS_POOL, amountUallo: rewardsUallo },
    ],
  });
  book.network = { ...network, ecosystemMintedUallo: network.ecosystemMintedUallo + mintedUallo };
  shareWithValidators(book, validatorsUallo);
  return blocks === told ? each.rewardsUallo : 0n;
}

/** Without a validator's stake nobody is owed the validators' part, and it is not paid. */
function partsOfBlock({ network }: Book, emission: EmissionParams) {
  const { validatorsUallo, rewardsUallo } = blockPayment(
    { needUallo: network.blockEmissionUallo, ecosystemBalanceUallo: 0n, mintableUallo: 0n },
    emission,
  );
  return { validatorsUallo: network.validatorStakeUallo === 0n ? 0n : validatorsUallo, rewardsUallo };
}

function shareWithValidators(book: Book, amountUallo: bigint): void {
  if (amountUallo === 0n) return;
  const { network } = book;
  const { index, carry } = shareOut(
    { index: network.validatorIndex, carry: network.validatorCarry },
    amountUallo,
    network.validatorStakeUallo,
  );
  book.network = { ...network, validatorIndex: index, validatorCarry: carry };
}
