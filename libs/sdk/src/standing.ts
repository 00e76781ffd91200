import type { Account } from '@allora/identity/account';
import type { AlloraClient } from './client';
import { AlloraError } from './errors';
import type { RoleName } from './types';

type StandingClient = Pick<AlloraClient, 'participants' | 'account' | 'register' | 'depositStake'>;

export interface Place {
  readonly topicId: number;
  readonly role: RoleName;
}

/** Whether the account is registered already in the topic and role. */
export async function isRegistered(
  client: Pick<AlloraClient, 'participants'>,
  address: string,
  { topicId, role }: Place,
): Promise<boolean> {
  try {
    const { registrations } = await client.participants(address);
    const all = Array.isArray(registrations) ? (registrations as Partial<Place>[]) : [];
    return all.some((one) => one.topicId === topicId && one.role === role);
  } catch (error) {
    if (error instanceof AlloraError && error.code === 'UNKNOWN_PARTICIPANT') return false;
    throw error;
  }
}

/**
 * Registers where that is not done yet; true when it was done now. INSUFFICIENT_BALANCE tells what the account holds, as a fresh
 * key without funds is what most often stands in the way.
 */
export async function ensureRegistered(
  client: StandingClient,
  account: Account,
  place: Place,
): Promise<boolean> {
  if (await isRegistered(client, account.address, place)) return false;
  try {
    await client.register(account, place.topicId, place.role);
    return true;
  } catch (error) {
    if (!(error instanceof AlloraError) || error.code !== 'INSUFFICIENT_BALANCE') throw error;
    const balanceUallo = await balanceOf(client, account.address);
    throw shortOf(account.address, balanceUallo, `${error.detail}; it is asked for to register`, error);
  }
}

/**
 * Brings a reputer's own stake in the topic up to what is wanted, and never above it; what others delegate does not count. Returns
 * what was added.
 */
export async function ensureStake(
  client: StandingClient,
  reputer: Account,
  { topicId, minStakeUallo }: { readonly topicId: number; readonly minStakeUallo: bigint },
): Promise<bigint> {
  if (minStakeUallo <= 0n) return 0n;
  const { balanceUallo, stakes } = await client.account(reputer.address);
  const ownUallo = stakes.find((stake) => stake.topicId === topicId)?.ownUallo ?? 0n;
  const amountUallo = minStakeUallo - ownUallo;
  if (amountUallo <= 0n) return 0n;
  if (balanceUallo < amountUallo) {
    throw shortOf(
      reputer.address,
      balanceUallo,
      `${amountUallo} uallo more are wanted as stake in topic ${topicId}`,
    );
  }
  await client.depositStake(reputer, { topicId, amountUallo });
  return amountUallo;
}

async function balanceOf(client: StandingClient, address: string): Promise<bigint> {
  return (await client.account(address)).balanceUallo;
}

const shortOf = (address: string, balanceUallo: bigint, why: string, cause?: unknown): AlloraError =>
  new AlloraError({
    code: 'INSUFFICIENT_BALANCE',
    status: 409,
    detail: `${address} holds ${balanceUallo} uallo: ${why}`,
    remedy: 'Fund the address and start again; on a test network the faucet does so.',
    facts: { address, balanceUallo: String(balanceUallo) },
    cause,
  });
