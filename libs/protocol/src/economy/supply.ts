import type { EmissionParams } from '../params';
import { mintableUallo } from '../reward/emission-uallo';
import { decimalToUallo } from '../uallo';
import type { NetworkState } from './book';

export interface Supply {
  /** Ever issued: genesis and mint. */
  readonly totalUallo: bigint;
  /** Section 11: what is issued, without what is locked or in the treasury. */
  readonly circulatingUallo: bigint;
  /** By reputers, delegators and validators. */
  readonly stakedUallo: bigint;
  /** In vesting classes. */
  readonly lockedUallo: bigint;
  readonly treasuryUallo: bigint;
  readonly mintedUallo: bigint;
  /** What emission may still mint. */
  readonly mintableUallo: bigint;
  readonly maxUallo: bigint;
}

/** The supply from a few balances: the mint's, the treasury's and those of all vesting accounts. */
export function supplyOf(
  balances: {
    readonly mintUallo: bigint;
    readonly treasuryUallo: bigint;
    readonly vestingUallo: readonly bigint[];
  },
  network: Pick<NetworkState, 'ecosystemMintedUallo' | 'topicStakeUallo' | 'validatorStakeUallo'>,
  params: Pick<EmissionParams, 'maxSupply' | 'ecosystemPercent'>,
): Supply {
  const totalUallo = -balances.mintUallo;
  const lockedUallo = balances.vestingUallo.reduce((sum, locked) => sum + locked, 0n);
  return {
    totalUallo,
    circulatingUallo: totalUallo - lockedUallo - balances.treasuryUallo,
    stakedUallo: network.topicStakeUallo + network.validatorStakeUallo,
    lockedUallo,
    treasuryUallo: balances.treasuryUallo,
    mintedUallo: network.ecosystemMintedUallo,
    mintableUallo: mintableUallo(network.ecosystemMintedUallo, params),
    maxUallo: decimalToUallo(params.maxSupply),
  };
}
