import { z } from 'zod';
import { address, atMs, height, maybe, nonce, topicId, uallo } from './common';
import { stakeShape } from './economy';

const removal = z.object({
  kind: z.enum(['stake', 'delegation', 'validator']),
  topicId: maybe(topicId).meta({ description: "Null of a validator's stake." }),
  reputer: maybe(address),
  amountUallo: uallo,
  requestedHeight: height,
  dueHeight: height.meta({ description: 'From here on it is paid out.' }),
});

export const account = z
  .object({
    address,
    balanceUallo: uallo,
    stakes: z
      .array(z.object({ topicId, ...stakeShape }))
      .meta({ description: 'As a reputer, by ascending topic.' }),
    delegations: z.array(z.object({ topicId, reputer: address, amountUallo: uallo, claimableUallo: uallo })),
    removals: z.array(removal).meta({ description: 'Stake on its way out, the next to be paid first.' }),
    validator: maybe(z.object({ stakeUallo: uallo, claimableUallo: uallo })),
    owedFees: z
      .array(z.object({ topicId, amountUallo: uallo }))
      .meta({ description: 'Fees of submissions, kept back from the next rewards.' }),
  })
  .meta({ id: 'Account', description: 'Everything that an address has; empty of one that never held any.' });

const posting = z
  .object({
    transferId: z.int(),
    kind: z.string().meta({ description: 'Of the transfer.', example: 'epoch-rewards' }),
    topicId: maybe(topicId),
    nonce: maybe(nonce),
    account: z.string().meta({ description: 'Of the ledger.', example: 'participant:allo1…' }),
    amountUallo: uallo.meta({ description: 'Above zero: it came in.' }),
    atMs,
  })
  .meta({ id: 'Posting' });

export const postings = z
  .object({
    address,
    postings: z.array(posting).meta({ description: 'Newest transfer first.' }),
    before: maybe(z.int()).meta({ description: '`before` of the next page; null on the last one.' }),
  })
  .meta({ id: 'Postings' });

export const commandAnswer = z
  .object({
    author: address,
    requestId: z.string(),
    command: z.string().meta({ example: 'fund_topic' }),
    movedUallo: uallo.meta({ description: 'The amount asked for, or what there was to claim or to take.' }),
    dueHeight: height.optional().meta({ description: 'From which a removal is paid out.' }),
    height: height.meta({ description: 'At which it took effect.' }),
  })
  .meta({ id: 'CommandAnswer' });
