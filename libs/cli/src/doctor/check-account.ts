import type { AlloraClient } from '@allora/sdk/client';
import { type Place, registrationOf } from '@allora/sdk/standing';
import { amountText } from '../amounts';
import { type Check, failed, ok } from './check';

/** Whose submissions should be paid for in advance. */
const EPOCHS = 1_000n;
const ALLO = 10n ** 18n;

export interface Participant extends Place {
  readonly address: string;
  /** A reputer's own stake is brought up to this. */
  readonly minStakeUallo: bigint;
}

export async function checkBalance(
  client: AlloraClient,
  { address, topicId, role, minStakeUallo }: Participant,
): Promise<Check> {
  const [{ fees }, { balanceUallo, stakes }] = await Promise.all([client.network(), client.account(address)]);
  const feesUallo = fees ? fees.registrationUallo + EPOCHS * fees.submissionUallo : 0n;
  const ownUallo = stakes.find((stake) => stake.topicId === topicId)?.ownUallo ?? 0n;
  const stakeUallo = role === 'reputer' && minStakeUallo > ownUallo ? minStakeUallo - ownUallo : 0n;
  const wantedUallo = feesUallo + stakeUallo;
  const facts = { address, balanceUallo, wantedUallo };
  const held = amountText(balanceUallo);
  const what = [
    ...(fees ? [`${amountText(feesUallo)} for a registration and ${EPOCHS} epochs`] : []),
    ...(stakeUallo > 0n ? [`${amountText(stakeUallo)} to stake`] : []),
  ].join(' and ');
  if (balanceUallo >= wantedUallo)
    return ok('balance', `${held}${what === '' ? '' : `; ${what} are wanted`}`, facts);
  const missingUallo = wantedUallo - balanceUallo;
  const asked = missingUallo <= ALLO ? '' : ` ${missingUallo / ALLO + 1n}`;
  const remedy = `On a test network: allora faucet${asked} --to ${address}`;
  return failed('balance', `${held}; ${what} are wanted`, remedy, facts);
}

export async function checkStake(
  client: AlloraClient,
  { address, topicId, minStakeUallo }: Participant,
): Promise<Check> {
  const { stakes } = await client.account(address);
  const stakeUallo = stakes.find((stake) => stake.topicId === topicId)?.stakeUallo ?? 0n;
  if (stakeUallo > 0n) return ok('stake', amountText(stakeUallo), { stakeUallo });
  const remedy =
    minStakeUallo > 0n
      ? '`allora reputer run` stakes it by itself.'
      : `Stake something: allora stake add AMOUNT --topic ${topicId}`;
  return failed('stake', 'nothing is staked: losses of this reputer weigh nothing', remedy, { stakeUallo });
}

export async function checkRegistration(
  client: AlloraClient,
  { address, topicId, role }: Participant,
): Promise<Check> {
  const facts = { address, topicId, role };
  const standing = await registrationOf(client, address, { topicId, role });
  if (standing?.shadow)
    return ok('registration', `shadow of topic ${topicId}: scored, but neither weighted nor paid`, facts);
  if (standing) return ok('registration', `${role} of topic ${topicId}`, facts);
  const remedy = `allora register --topic ${topicId} --role ${role}; \`allora ${role} run\` does it by itself.`;
  return failed('registration', `${address} is not registered as ${role} of topic ${topicId}`, remedy, facts);
}
