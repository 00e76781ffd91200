import { z } from 'zod';
import { address, double, height, maybe, nonce, topicId, uallo } from './common';

const decimal = z
  .string()
  .regex(/^-?\d+(\.\d+)?$/)
  .meta({ description: 'Decimal text with up to 18 places.', example: '0.0125' });

export const supply = z
  .object({
    height,
    totalUallo: uallo.meta({ description: 'Ever issued: by the genesis and by emission.' }),
    circulatingUallo: uallo.meta({ description: 'Of it what is neither locked nor in the treasury.' }),
    stakedUallo: uallo.meta({ description: 'By reputers, delegators and validators.' }),
    lockedUallo: uallo.meta({ description: 'Not vested yet.' }),
    treasuryUallo: uallo,
    mintableUallo: uallo.meta({ description: 'What emission may still mint.' }),
    maxUallo: uallo,
    genesisUallo: uallo,
    emittedUallo: uallo.meta({ description: 'Minted by emission.' }),
    mintedUallo: uallo.meta({ description: 'All that the mint ever issued.' }),
    heldUallo: uallo.meta({ description: 'By all accounts but the mint.' }),
    conservationErrorUallo: uallo.meta({
      description: 'held − (genesis + emitted): 0, or the ledger is broken.',
      example: '0',
    }),
  })
  .meta({ id: 'Supply', description: 'As of the height up to which all blocks are applied.' });

const emissionMonth = z
  .object({
    height: height.meta({ description: "The month's first block." }),
    month: z.int().meta({ description: 'Whole months that had passed since the genesis.' }),
    rate: decimal.meta({ description: 'Monthly emission per unit of stake, smoothed.' }),
    emissionUallo: uallo.meta({ description: 'Of the month.' }),
    blockEmissionUallo: uallo,
    stakedUallo: uallo,
    circulatingUallo: uallo,
    lockedVestingUallo: uallo,
    treasuryUallo: uallo,
    ecosystemMintedUallo: uallo,
    reputersPercent: decimal.meta({ description: 'Part of the rewards that goes to reputers, 0 to 1.' }),
  })
  .meta({ id: 'EmissionMonth' });

export const emission = z
  .object({
    height,
    blocksPerMonth: z.int(),
    blockEmissionUallo: uallo.meta({ description: 'What every block gives this month.' }),
    ecosystemMintedUallo: uallo,
    months: z.array(emissionMonth).meta({ description: 'The latest, in ascending order.' }),
  })
  .meta({ id: 'Emission' });

export const topicEconomy = z
  .object({
    topicId,
    height,
    creator: address,
    epochLengthBlocks: z.int(),
    feeRevenueUallo: uallo.meta({ description: 'All fees that are not dripped away.' }),
    minInferenceFeeUallo: uallo.meta({ description: 'Least fee of an inference request.' }),
    pendingFees: z
      .array(
        z.object({
          countNonce: nonce.meta({ description: 'First epoch at whose end the fee counts.' }),
          amountUallo: uallo,
        }),
      )
      .meta({ description: 'Of these fees, those that count only later.' }),
    weight: maybe(double).meta({ description: 'Smoothed; null before its first epoch has ended.' }),
    totalWeight: double.meta({ description: 'Of all topics.' }),
    stakeUallo: uallo.meta({ description: 'Own and delegated stake of all its reputers.' }),
    active: z.boolean(),
    takenNonce: nonce.meta({ description: 'Latest epoch whose stakes were noted; 0 before the first.' }),
    paidNonce: nonce.meta({ description: 'Latest epoch that was paid; 0 before the first.' }),
  })
  .meta({ id: 'TopicEconomy' });

/** Of a reputer in a topic. */
export const stakeShape = {
  ownUallo: uallo,
  delegatedUallo: uallo.meta({ description: 'By others.' }),
  stakeUallo: uallo.meta({ description: 'Both together.' }),
};

export const topicStakes = z
  .object({
    topicId,
    reputers: z
      .array(z.object({ reputer: address, ...stakeShape }))
      .meta({ description: 'By ascending address.' }),
  })
  .meta({ id: 'TopicStakes' });
