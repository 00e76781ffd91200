import type { Account } from '@allora/identity/account';
import type { ForecastLoss } from './forecasters/context';
import { forecasters } from './forecasters/forecasters';
import { openLossBook, type LossBook } from './forecasters/loss-book';
import type { Predict } from './inferers/inferer';
import { inferersOf } from './inferers/inferers';
import { reputers, type ReadTruth } from './reputers/reputers';
import { seededAccount } from './seed';

interface Member {
  readonly name: string;
  readonly account: Account;
}
export interface Inferer extends Member {
  readonly predict: Predict;
}
export interface Forecaster extends Member {
  readonly forecast: ForecastLoss;
  /** Its own record: each forecaster keeps one, as it would in a program of its own. */
  readonly book: LossBook;
}
export interface Reputer extends Member {
  readonly readTruth: ReadTruth;
}

/** Everyone who takes part; keys, and so addresses, come from the seed. */
export interface Cast {
  readonly creator: Account;
  readonly inferers: readonly Inferer[];
  readonly forecasters: readonly Forecaster[];
  readonly reputers: readonly Reputer[];
  nameOf(address: string): string;
}

export function createCast(seed: string): Cast {
  const members = <T extends object>(role: string, of: Readonly<Record<string, T>>): (Member & { of: T })[] =>
    Object.entries(of).map(([name, one]) => ({
      name,
      account: seededAccount(seed, `${role}/${name}`),
      of: one,
    }));
  const inferers = members('inferer', inferersOf(seed)).map(({ of, ...one }) => ({ ...one, predict: of }));
  const predictors = members('forecaster', forecasters).map(({ of, ...one }) => ({
    ...one,
    forecast: of,
    book: openLossBook(),
  }));
  const judges = members('reputer', reputers).map(({ of, ...one }) => ({ ...one, readTruth: of }));
  const names = new Map(
    [...inferers, ...predictors, ...judges].map(({ name, account }) => [account.address, name] as const),
  );
  return {
    creator: seededAccount(seed, 'creator'),
    inferers,
    forecasters: predictors,
    reputers: judges,
    nameOf: (address) => names.get(address) ?? address,
  };
}
