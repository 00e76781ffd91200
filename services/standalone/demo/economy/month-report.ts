/** The economy over one month, all from the network's public endpoints. */
export interface MonthReport {
  readonly month: number;
  /** Block at which the month's emission was set; rate, staked and circulating are those of this block. */
  readonly height: number;
  /** Smoothed emission per staked token and month. */
  readonly rate: number;
  readonly emissionUallo: bigint;
  readonly blockEmissionUallo: bigint;
  readonly circulatingUallo: bigint;
  readonly stakedUallo: bigint;
  /** Of vesting. */
  readonly lockedUallo: bigint;
  /** When the month began: before its fees, and before its first block was paid. */
  readonly treasuryUallo: bigint;
  /** With what was paid ahead. */
  readonly treasuryAtFirstBlockUallo: bigint;
  readonly treasuryAtEndUallo: bigint;
  /** By emission, since the network began. */
  readonly mintedUallo: bigint;
  readonly mintedInMonthUallo: bigint;
  /** What came into the treasury beside what was minted. */
  readonly feesUallo: bigint;
  /** Of these, what consumers paid for inferences. */
  readonly inferenceFeesUallo: bigint;
  /** To workers, reputers and their delegators. */
  readonly rewardsUallo: bigint;
  /** Sum of all accounts less what was issued. */
  readonly conservationErrorUallo: bigint;
}

/** True when what the treasury held and took in pays for the whole month: nothing may be minted. */
export const isCovered = ({ treasuryUallo, feesUallo, emissionUallo }: MonthReport): boolean =>
  treasuryUallo + feesUallo >= emissionUallo;
