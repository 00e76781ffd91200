import type { Account } from '@allora/identity/account';
import { allo } from '../decimal';
import { seededAccount } from '../seed';

/** Everyone in the economy; keys, and so addresses, come from the seed. */
export interface EconomyCast {
  readonly creator: Account;
  readonly inferers: readonly Account[];
  readonly forecaster: Account;
  readonly reputers: readonly Account[];
  readonly validators: readonly Account[];
  readonly delegators: readonly Account[];
  readonly consumers: readonly Account[];
  readonly foundation: Account;
  /** To whom the locked classes are released. */
  readonly preseed: Account;
  readonly investors: Account;
  readonly team: Account;
}

const several = (seed: string, role: string, count: number): Account[] =>
  Array.from({ length: count }, (_, n) => seededAccount(seed, `economy/${role}/${n}`));

export function createEconomyCast(seed: string): EconomyCast {
  const one = (role: string) => seededAccount(seed, `economy/${role}`);
  return {
    creator: one('creator'),
    inferers: several(seed, 'inferer', 3),
    forecaster: one('forecaster'),
    reputers: several(seed, 'reputer', 3),
    validators: several(seed, 'validator', 2),
    delegators: several(seed, 'delegator', 2),
    consumers: several(seed, 'consumer', 2),
    foundation: one('foundation'),
    preseed: one('preseed'),
    investors: one('investors'),
    team: one('team'),
  };
}

/** What each of a role starts with, out of the participants' share, and how much of it is staked before the first block. */
export const STARTING_UALLO = {
  worker: allo(1_000n),
  reputer: allo(4_000_000n),
  validator: allo(5_000_000n),
  delegator: allo(8_000_000n),
  consumer: allo(5_000_000n),
} as const;

/** Kept for fees by those who stake nearly all they have. */
export const RESERVE_UALLO = allo(100n);
