import { PURCHASE_PARTS_MAX } from '@allora/protocol/economy/inference-holds';
import { proofShape, topicIdNumber } from '@allora/service-kit/form';
import { z } from 'zod';
import { addressForm, limitText, orElse, requestIdText, topicPath, wholeNumber } from '../forms';
import { route } from '../route';
import { address, atMs, double, height, maybe, nonce, topicId, uallo } from '../schemas/common';

/** Longest that a request may be held open. */
export const PURCHASE_WAIT_MAX_MS = 30_000;

const feeText = z
  .string()
  .regex(/^(0|[1-9]\d{0,37})$/, 'expected a whole number of uallo')
  .meta({
    description: 'What all of it is paid with; 0 where the topic allows it.',
    example: '1000000000000000',
  });

const purchase = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('next-epoch') }),
  z.strictObject({ kind: z.literal('latest') }),
  z.strictObject({ kind: z.literal('subscription'), epochs: z.int().min(1).max(PURCHASE_PARTS_MAX) }),
]);

const maxWaitBlocks = z.int().min(0).max(100_000_000).meta({
  description: 'After so many blocks what was not delivered is refunded; 0: what fits the purchase.',
});

export const inferenceRequestFields = z.strictObject({
  account: addressForm.meta({ description: 'Who buys and pays, and has signed.' }),
  requestId: requestIdText,
  topicId: topicIdNumber,
  feeUallo: feeText,
  purchase,
  maxWaitBlocks: maxWaitBlocks.default(0),
});

export const inferenceRequestBody = inferenceRequestFields.extend(proofShape).meta({
  id: 'InferenceRequestBody',
  description: 'Signed: a SignedPayload of the body inference_request.',
});

const waitMs = wholeNumber({
  what: 'a time in milliseconds',
  min: 0,
  max: PURCHASE_WAIT_MAX_MS,
  description: 'How long to wait for the end, or for a further inference.',
});

export const requestQuery = z.strictObject({ waitMs: orElse(waitMs, 10_000) });
export const requestPath = z.strictObject({
  id: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'expected 32 bytes in lower-case hex')
    .meta({
      description: 'SHA-256 of the signed payload.',
      example: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    }),
});
export const standingQuery = z.strictObject({
  waitMs: orElse(waitMs, 0),
  afterPart: orElse(
    wholeNumber({
      what: 'a part',
      min: 0,
      max: PURCHASE_PARTS_MAX,
      description: 'Only inferences of later parts than this are shown, and waited for.',
    }),
    0,
  ),
});
export const listQuery = z.strictObject({
  account: addressForm,
  limit: limitText(100, 20),
  cursor: z
    .string()
    .regex(/^\d{1,16}-[0-9a-f]{64}$/, 'expected a cursor of the page before')
    .optional()
    .meta({ description: 'nextCursor of the page before.' }),
});

const hex = z
  .string()
  .regex(/^[0-9a-f]*$/)
  .meta({ description: 'Bytes in lower-case hex.' });
const ledgerKey = z
  .string()
  .meta({ description: 'Names the transfer in the ledger; empty where nothing moved.' });

const statement = z.object({
  topicId,
  nonce,
  value: z.string().meta({ description: 'Decimal text.', example: '3214.5' }),
  intervalPercentiles: z.array(z.string()),
  intervalValues: z.array(z.string()),
  effectiveWorkers: z.string(),
  producedAtMs: atMs,
  requestHash: hex,
  account: address,
  requestId: z.string(),
  part: z.int(),
  parts: z.int(),
});

const evmSignature = z.object({
  format: z.string().meta({ example: 'ethereum-11155111' }),
  valueType: z.enum(['uint256', 'int256']),
  networkInference: z.string(),
  confidenceIntervalPercentiles: z.array(z.string()),
  confidenceIntervalValues: z.array(z.string()),
  timestamp: z.int(),
  extraData: z.string(),
  signature: z.string(),
});

const signedInference = z.object({
  statement,
  payload: hex.meta({ description: 'Canonical bytes of the statement: what the network has signed.' }),
  publicKey: hex,
  signature: hex,
  chargedUallo: uallo,
  ledgerKey,
  evm: z.array(evmSignature).meta({ description: 'The same for each contract that the network signs for.' }),
});

export const purchaseAnswer = z
  .object({
    id: hex,
    state: z.enum(['received', 'held', 'delivering', 'closing', 'fulfilled', 'refunded', 'refused']),
    request: z.object({
      account: address,
      requestId: z.string(),
      topicId,
      feeUallo: uallo,
      purchase: z.object({
        kind: z.enum(['next-epoch', 'latest', 'subscription']),
        epochs: z.int().optional(),
      }),
      maxWaitBlocks: z.int(),
    }),
    receivedAtMs: atMs,
    deadlineHeight: maybe(height),
    deadlineAtMs: atMs,
    inferences: z.array(signedInference),
    receipt: z.object({
      feeUallo: uallo,
      chargedUallo: uallo,
      refundedUallo: uallo,
      heldUallo: uallo,
      holdLedgerKey: ledgerKey,
      refundLedgerKey: ledgerKey,
    }),
    reason: maybe(z.object({ code: z.string(), detail: z.string() })),
  })
  .meta({ id: 'InferencePurchase' });

export const buyInference = route({
  id: 'requestInference',
  method: 'POST',
  path: '/v1/inference-requests',
  summary: 'Buys an inference for what the buyer wants to pay',
  description:
    'The same signed request again is the same purchase: it is charged once. 200 when it has ended, 202 with Location while it goes on.',
  tags: ['purchases'],
  query: requestQuery,
  body: inferenceRequestBody,
  answers: { 200: purchaseAnswer, 202: purchaseAnswer },
  refusals: [
    ...(['BAD_SIGNATURE', 'UNKNOWN_TOPIC', 'NO_INFERENCE_YET', 'FEE_BELOW_MINIMUM'] as const),
    ...([
      'INSUFFICIENT_BALANCE',
      'CONFLICTING_REPEAT',
      'NO_HOLD',
      'VALUE_NOT_ALLOWED',
      'SCOPE_MISSING',
    ] as const),
  ],
  scope: 'purchase',
});

export const getInferenceRequest = route({
  id: 'getInferenceRequest',
  method: 'GET',
  path: '/v1/inference-requests/{id}',
  summary: 'How far a purchase has come, with its inferences and its receipt',
  tags: ['purchases'],
  params: requestPath,
  query: standingQuery,
  answers: { 200: purchaseAnswer },
  refusals: ['UNKNOWN_REQUEST', 'SCOPE_MISSING'],
  scope: 'purchase',
});

export const listInferenceRequests = route({
  id: 'listInferenceRequests',
  method: 'GET',
  path: '/v1/inference-requests',
  summary: 'Purchases of an account, newest first; without their inferences',
  tags: ['purchases'],
  query: listQuery,
  answers: {
    200: z.object({ requests: z.array(purchaseAnswer), nextCursor: maybe(z.string()) }),
  },
  refusals: ['SCOPE_MISSING'],
  scope: 'purchase',
});

const pricedFee = z.object({
  feeUallo: uallo,
  weight: double,
  share: double.meta({ description: "The topic's part of the weights of all topics, 0 to 1." }),
  epochEmissionUallo: double.meta({
    description: 'What an epoch would have to give by that share; an estimate.',
  }),
  active: z.boolean(),
});

export const priceGuideQuery = z.strictObject({
  feeUallo: z
    .string()
    .regex(/^(0|[1-9]\d{0,27})$/, 'expected a whole number of uallo below 10^28')
    .optional()
    .meta({ description: 'Instead of the examples.', example: '1000000000000000000' }),
});

export const getPriceGuide = route({
  id: 'getPriceGuide',
  method: 'GET',
  path: '/v1/topics/{id}/price-guide',
  summary: 'What a fee buys: the weight, share and activity of the topic with it, as of now',
  tags: ['purchases', 'economy'],
  params: topicPath,
  query: priceGuideQuery,
  answers: {
    200: z
      .object({
        topicId,
        height,
        totalWeight: double,
        minFeeUallo: uallo,
        minWeight: double,
        now: pricedFee,
        activatingFeeUallo: maybe(uallo).meta({
          description:
            'Smallest fee that wakes an inactive topic; 0 for an active one; null: no fee is enough.',
        }),
        fees: z.array(pricedFee),
      })
      .meta({ id: 'PriceGuide' }),
  },
  refusals: ['UNKNOWN_TOPIC'],
  scope: 'read',
  servedBy: 'rewards',
});

export const purchaseRoutes = [buyInference, getInferenceRequest, listInferenceRequests, getPriceGuide];
