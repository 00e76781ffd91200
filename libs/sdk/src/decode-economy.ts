import { z } from 'zod';
import { read } from './decode';
import type {
  AccountState,
  CommandOutcome,
  Emission,
  ReputerStake,
  Statement,
  Supply,
  TopicEconomy,
} from './economy-types';
import type { Network } from './types';

/** JSON of amounts is decimal text. */
export const uallo = z
  .string()
  .regex(/^-?\d+$/)
  .transform(BigInt);

const networkShape = z.object({
  chainId: z.string(),
  networkPublicKey: z.string(),
  receiptsVerifiableWith: z.array(z.string()).default([]),
  otherKeys: z
    .array(z.object({ publicKey: z.string(), from: z.string().nullable(), until: z.string().nullable() }))
    .default([]),
  fees: z
    .object({ topicCreationUallo: uallo, registrationUallo: uallo, submissionUallo: uallo })
    .nullable()
    .default(null),
});
export const toNetwork = (json: unknown): Network => read(networkShape, json);

const outcomeShape = z.object({
  author: z.string(),
  requestId: z.string(),
  command: z.string(),
  movedUallo: uallo,
  dueHeight: z
    .number()
    .nullish()
    .transform((height) => height ?? null),
  height: z.number(),
});

const maybeNumber = z.number().nullable();
const stakeShape = { ownUallo: uallo, delegatedUallo: uallo, stakeUallo: uallo };

const accountShape = z.object({
  address: z.string(),
  balanceUallo: uallo,
  stakes: z.array(z.object({ topicId: z.number(), ...stakeShape })),
  delegations: z.array(
    z.object({ topicId: z.number(), reputer: z.string(), amountUallo: uallo, claimableUallo: uallo }),
  ),
  removals: z.array(
    z.object({
      kind: z.enum(['stake', 'delegation', 'validator']),
      topicId: maybeNumber,
      reputer: z.string().nullable(),
      amountUallo: uallo,
      requestedHeight: z.number(),
      dueHeight: z.number(),
    }),
  ),
  validator: z.object({ stakeUallo: uallo, claimableUallo: uallo }).nullable(),
  owedFees: z.array(z.object({ topicId: z.number(), amountUallo: uallo })),
});

const statementShape = z.object({
  address: z.string(),
  postings: z.array(
    z.object({
      transferId: z.number(),
      kind: z.string(),
      topicId: maybeNumber,
      nonce: maybeNumber,
      account: z.string(),
      amountUallo: uallo,
      atMs: z.number(),
    }),
  ),
  before: maybeNumber,
});

const supplyShape = z.object({
  height: z.number(),
  totalUallo: uallo,
  circulatingUallo: uallo,
  stakedUallo: uallo,
  lockedUallo: uallo,
  treasuryUallo: uallo,
  genesisUallo: uallo,
  emittedUallo: uallo,
  mintableUallo: uallo,
  maxUallo: uallo,
  mintedUallo: uallo,
  heldUallo: uallo,
  conservationErrorUallo: uallo,
});

const emissionShape = z.object({
  height: z.number(),
  blocksPerMonth: z.number(),
  blockEmissionUallo: uallo,
  ecosystemMintedUallo: uallo,
  months: z.array(
    z.object({
      height: z.number(),
      month: z.number(),
      rate: z.string(),
      emissionUallo: uallo,
      blockEmissionUallo: uallo,
      stakedUallo: uallo,
      circulatingUallo: uallo,
      lockedVestingUallo: uallo,
      treasuryUallo: uallo,
      ecosystemMintedUallo: uallo,
      reputersPercent: z.string(),
    }),
  ),
});

const topicShape = z.object({
  topicId: z.number(),
  creator: z.string(),
  epochLengthBlocks: z.number(),
  feeRevenueUallo: uallo,
  weight: maybeNumber,
  stakeUallo: uallo,
  active: z.boolean(),
  takenNonce: z.number(),
  paidNonce: z.number(),
  totalWeight: z.number(),
  height: z.number(),
});

const stakesShape = z.object({
  topicId: z.number(),
  reputers: z.array(z.object({ reputer: z.string(), ...stakeShape })),
});

export const toAccount = (json: unknown): AccountState => read(accountShape, json);
export const toStatement = (json: unknown): Statement => read(statementShape, json);
export const toSupply = (json: unknown): Supply => read(supplyShape, json);
export const toEmission = (json: unknown): Emission => read(emissionShape, json);
export const toTopicEconomy = (json: unknown): TopicEconomy => read(topicShape, json);
export const toReputerStakes = (json: unknown): ReputerStake[] => read(stakesShape, json).reputers;
export const toCommandOutcome = (json: unknown): CommandOutcome => read(outcomeShape, json);
