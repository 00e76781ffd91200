import type { Account } from '@allora/identity/account';
import type { AlloraClient } from './client';
import { AlloraError } from './errors';
import type { RoleName, Standing } from './types';

type StandingClient = Pick<AlloraClient, 'participants' | 'account' | 'register' | 'depositStake'>;

export interface Place {
  readonly topicId: number;
  readonly role: RoleName;
}

/** How the account stands in the topic and role; undefined where it is not registered. */
export async function registrationOf(
  client: Pick<AlloraClient, 'participants'>,
  address: string,
  { topicId, role }: Place,
): Promise<Required<Standing> | undefined> {
  try {
    const { registrations } = await client.participants(address);
    const all = Array.isArray(registrations) ? (registrations as Partial<Place & Standing>[]) : [];
    const own = all.find((one) => one.topicId === topicId && one.role === role);
    return own && { shadow: own.shadow === true };
  } catch (error) {
    if (error instanceof AlloraError && error.code === 'UNKNOWN_PARTICIPANT') return undefined;
    throw error;
  }
}

/** Whether the account is registered already in the topic and role. */
export const isRegistered = async (
  client: Pick<AlloraClient, 'participants'>,
  address: string,
  place: Place,
): Promise<boolean> => (await registrationOf(client, address, place)) !== undefined;

/**
 * Registers where that is not done yet, or not with the standing that is asked for; true when it was done now. INSUFFICIENT_BALANCE
 * tells what the account holds, as a fresh key without funds is what most often stands in the way.
 */
export async function ensureRegistered(
  client: StandingClient,
  account: Account,
  place: Place,
  standing: Standing = {},
): Promise<boolean> {
  const present = await registrationOf(client, account.address, place);
  const { shadow = present?.shadow } = standing;
  if (present && present.shadow === shadow) return false;
  try {
    await client.register(account, place.topicId, place.role, { shadow });
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
