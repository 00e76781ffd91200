import { proofShape } from '@allora/service-kit/form';
import { z } from 'zod';
import { accountCommandBody } from '../account-commands';
import { addressForm, amountText, requestIdText, topicPath } from '../forms';
import { route } from '../route';
import { commandAnswer } from '../schemas/account';
import { address, uallo } from '../schemas/common';

export const executeCommand = route({
  id: 'executeCommand',
  method: 'POST',
  path: '/v1/commands',
  summary: 'Moves money: transfers, stake, delegations, fees, claims',
  description: 'The same signed command again answers as the first time: money moves once.',
  tags: ['economy'],
  body: accountCommandBody,
  answers: { 201: commandAnswer },
  refusals: [
    ...(['BAD_SIGNATURE', 'CONFLICTING_REPEAT', 'INSUFFICIENT_BALANCE', 'UNKNOWN_TOPIC'] as const),
    ...(['VALUE_NOT_ALLOWED', 'NO_SUCH_REPUTER', 'REMOVAL_PENDING', 'NO_REMOVAL'] as const),
    ...(['NOTHING_TO_CLAIM', 'FEE_BELOW_MINIMUM', 'NOT_AN_OPERATOR'] as const),
  ],
  servedBy: 'rewards',
});

export const depositStake = route({
  id: 'depositStake',
  method: 'POST',
  path: '/v1/topics/{id}/stakes',
  summary: "Adds to a reputer's own stake in a topic",
  description: 'It counts from the next snapshot on. The same signed bytes again move nothing.',
  tags: ['economy'],
  params: topicPath,
  body: z
    .strictObject({ reputer: addressForm, amountUallo: amountText, requestId: requestIdText, ...proofShape })
    .meta({ id: 'StakeDepositBody', description: 'Signed: a SignedPayload of the body stake_deposit.' }),
  answers: { 201: z.object({ stakeUallo: uallo.meta({ description: 'Right after the deposit.' }) }) },
  refusals: [
    ...(['BAD_SIGNATURE', 'CONFLICTING_REPEAT', 'INSUFFICIENT_BALANCE', 'UNKNOWN_TOPIC'] as const),
    'VALUE_NOT_ALLOWED',
  ],
  servedBy: 'rewards',
});

export const drawFromFaucet = route({
  id: 'drawFromFaucet',
  method: 'POST',
  path: '/v1/faucet',
  summary: 'Gives ALLO to an address, on test networks',
  tags: ['economy'],
  body: z
    .strictObject({ address: addressForm, amountUallo: amountText, requestId: requestIdText })
    .meta({ id: 'FaucetBody' }),
  answers: { 201: z.object({ address, balanceUallo: uallo }) },
  refusals: ['FAUCET_CLOSED', 'VALUE_NOT_ALLOWED', 'CONFLICTING_REPEAT', 'INSUFFICIENT_BALANCE'],
  servedBy: 'rewards',
});

export const commandRoutes = [executeCommand, depositStake, drawFromFaucet];
