import type { AlloraClient } from '@allora/sdk/client';
import { isRegistered, type Place } from '@allora/sdk/standing';
import { amountText } from '../amounts';
import { type Check, failed, ok } from './check';

/** A registration is 200 uallo and a submission 10 unless the network says otherwise: enough for a thousand epochs. */
const FEES_UALLO = 10_200n;

export interface Participant extends Place {
  readonly address: string;
  /** A reputer's own stake is brought up to this. */
  readonly minStakeUallo: bigint;
}

export async function checkBalance(
  client: AlloraClient,
  { address, topicId, role, minStakeUallo }: Participant,
): Promise<Check> {
  const { balanceUallo, stakes } = await client.account(address);
  const ownUallo = stakes.find((stake) => stake.topicId === topicId)?.ownUallo ?? 0n;
  const stakeUallo = role === 'reputer' && minStakeUallo > ownUallo ? minStakeUallo - ownUallo : 0n;
  const wantedUallo = FEES_UALLO + stakeUallo;
  const facts = { address, balanceUallo, wantedUallo };
  const held = `${amountText(balanceUallo)}`;
  const what = stakeUallo > 0n ? `fees and ${amountText(stakeUallo)} of stake` : 'fees';
  if (balanceUallo >= wantedUallo)
    return ok('balance', `${held}; ${what} take ${amountText(wantedUallo)}`, facts);
  const detail = `${held}; ${what} take ${amountText(wantedUallo)}, ${amountText(wantedUallo - balanceUallo)} are missing`;
  return failed(
    'balance',
    detail,
    `On a test network: allora faucet${stakeUallo > 0n ? ' AMOUNT' : ''} --to ${address}`,
    facts,
  );
}

export async function checkStake(client: AlloraClient, { address, topicId }: Participant): Promise<Check> {
  const { stakes } = await client.account(address);
  const stakeUallo = stakes.find((stake) => stake.topicId === topicId)?.stakeUallo ?? 0n;
  if (stakeUallo > 0n) return ok('stake', amountText(stakeUallo), { stakeUallo });
  const remedy = `Stake something: allora stake add AMOUNT --topic ${topicId}`;
  return failed('stake', 'nothing is staked: losses of this reputer weigh nothing', remedy, { stakeUallo });
}

export async function checkRegistration(
  client: AlloraClient,
  { address, topicId, role }: Participant,
): Promise<Check> {
  const facts = { address, topicId, role };
  if (await isRegistered(client, address, { topicId, role }))
    return ok('registration', `${role} of topic ${topicId}`, facts);
  const remedy = `allora register --topic ${topicId} --role ${role}; \`allora ${role} run\` does it by itself.`;
  return failed('registration', `${address} is not registered as ${role} of topic ${topicId}`, remedy, facts);
}
