import { ProtocolError } from '../errors';
import type { Posting } from '../ledger/posting';
import { DEFAULT_PARAMS, type EmissionParams } from '../params';
import { INITIAL_REPUTERS_PERCENT } from '../reference-profile';
import { multiplyAmount, ONE } from '../reward/fixed-point';
import { decimalToUallo } from '../uallo';
import { FAUCET, MINT, participantAccount, vestingAccount } from './accounts';
import type { NetworkState, Transfer } from './book';

/** Parts of the supply that are locked and released month by month. */
export const VESTING_CLASSES = ['preseed', 'investors', 'team'] as const;
export type VestingClassName = (typeof VESTING_CLASSES)[number];

/** How the supply of a network starts. */
export interface Genesis {
  readonly chainName?: string;
  readonly blocksPerMonth: number;
  /** Shares of the maximum supply, 1 in sum. The ecosystem's is never issued at once: emission mints it. */
  readonly shares: Readonly<Record<'ecosystem' | 'foundation' | 'participants' | VestingClassName, number>>;
  /** Address that holds the foundation's share. */
  readonly foundation: string;
  /** Addresses to which each class is released. */
  readonly vesting: Readonly<Record<VestingClassName, string>>;
  /** Out of the participants' share. */
  readonly accounts: readonly { readonly address: string; readonly amountUallo: bigint }[];
  /** What is left of the participants' share, given away on a test network; 0 on any other. */
  readonly faucetUallo: bigint;
  readonly operators: readonly string[];
}

/** A locked class as it started. */
export interface VestingClass {
  readonly name: VestingClassName;
  readonly beneficiary: string;
  readonly amountUallo: bigint;
}

/** Shares of the default supply (section 0). */
export const DEFAULT_SHARES: Genesis['shares'] = {
  ecosystem: DEFAULT_PARAMS.ecosystemPercent,
  foundation: DEFAULT_PARAMS.foundationPercent,
  participants: DEFAULT_PARAMS.participantsPercent,
  investors: DEFAULT_PARAMS.investorsPercent,
  preseed: DEFAULT_PARAMS.investorsPreseedPercent,
  team: DEFAULT_PARAMS.teamPercent,
};

const maxSupplyUallo = decimalToUallo(DEFAULT_PARAMS.maxSupply);

export const shareUallo = (share: number): bigint => multiplyAmount(maxSupplyUallo, decimalToUallo(share));

/** Section 11 under the shares of this genesis. */
export const emissionParamsOf = ({ shares }: Genesis): EmissionParams => ({
  ...DEFAULT_PARAMS,
  ecosystemPercent: shares.ecosystem,
  investorsPercent: shares.investors,
  investorsPreseedPercent: shares.preseed,
  teamPercent: shares.team,
});

export const vestingOf = ({ shares, vesting }: Genesis): VestingClass[] =>
  VESTING_CLASSES.map((name) => ({
    name,
    beneficiary: vesting[name],
    amountUallo: shareUallo(shares[name]),
  }));

/** Refuses a genesis that does not add up. */
export function checkGenesis(genesis: Genesis): void {
  const { blocksPerMonth, shares, accounts, faucetUallo } = genesis;
  refuseIf(
    !(Number.isInteger(blocksPerMonth) && blocksPerMonth >= 1),
    'a month has a whole number of blocks',
  );
  const parts = Object.values(shares).map(decimalToUallo);
  const total = parts.reduce((sum, part) => sum + part, 0n);
  refuseIf(
    parts.some((part) => part < 0n) || total !== ONE,
    'the shares of the supply are not negative and are 1 in sum',
  );
  refuseIf(
    new Set(accounts.map(({ address }) => address)).size < accounts.length,
    'an account is named more than once',
  );
  refuseIf(
    faucetUallo < 0n || accounts.some(({ amountUallo }) => amountUallo <= 0n),
    'an account starts with an amount above zero',
  );
  const given = accounts.reduce((sum, { amountUallo }) => sum + amountUallo, faucetUallo);
  const due = shareUallo(shares.participants);
  refuseIf(
    given !== due,
    `accounts and faucet hold ${given} uallo in sum, and the participants' share is ${due}`,
  );
}

/** Everything that is issued at the start, in one movement. */
export function genesisTransfer(genesis: Genesis): Transfer {
  checkGenesis(genesis);
  const credits: Posting[] = [
    {
      account: participantAccount(genesis.foundation),
      amountUallo: shareUallo(genesis.shares.foundation),
    },
    ...genesis.accounts.map(({ address, amountUallo }) => ({
      account: participantAccount(address),
      amountUallo,
    })),
    { account: FAUCET, amountUallo: genesis.faucetUallo },
    ...vestingOf(genesis).map(({ name, amountUallo }) => ({ account: vestingAccount(name), amountUallo })),
  ].filter(({ amountUallo }) => amountUallo > 0n);
  const issuedUallo = credits.reduce((sum, { amountUallo }) => sum + amountUallo, 0n);
  return {
    key: 'genesis',
    kind: 'genesis',
    postings: [{ account: MINT, amountUallo: -issuedUallo }, ...credits],
  };
}

/** The network before its first block. */
export const networkAtGenesis = ({ blocksPerMonth }: Genesis): NetworkState => ({
  blocksPerMonth,
  height: 0,
  rate: null,
  blockEmissionUallo: 0n,
  ecosystemMintedUallo: 0n,
  reputersPercent: decimalToUallo(INITIAL_REPUTERS_PERCENT),
  monthRewardsUallo: 0n,
  monthReputersUallo: 0n,
  totalWeight: 0,
  topicStakeUallo: 0n,
  validatorStakeUallo: 0n,
  validatorIndex: 0n,
  validatorCarry: 0n,
});

function refuseIf(wrong: boolean, what: string): void {
  if (wrong) throw new ProtocolError('INVALID_INPUT', `the genesis does not add up: ${what}`);
}
