import { CommittedBody } from '@allora/contracts/gen/allora/signing/v1/signing';
import { hexBytes, nonceNumber, proofShape, topicIdNumber } from '@allora/service-kit/form';
import { z } from 'zod';
import type { ZodOpenApiOverrideContext } from 'zod-openapi';
import { addressForm } from './forms';

const place = {
  topicId: topicIdNumber,
  nonce: nonceNumber.meta({ description: 'Of an open window: GET /v1/topics/{id}/windows.', example: 1200 }),
};

/** Which texts are numbers is for the rules on values to say, with a code of its own. */
const valueText = z
  .string()
  .meta({ description: 'A decimal number; signed as the text that it is.', example: '64012.5' });

/** JSON has the fields of the signed message and what proves their author. */
const inJson = {
  topicId: topicIdNumber.optional().meta({ description: 'Not needed: the topic of the path counts.' }),
  ...proofShape,
};

const bytes = z.instanceof(Uint8Array);
const saltBytes = bytes.refine(({ length }) => length === 0 || length === 32, 'expected 32 bytes');
const hashBytes = bytes.refine(({ length }) => length === 32, 'expected 32 bytes');

/** No salt is no text in JSON, and no bytes in what is signed: nothing that a document could show. */
const withoutDefault = ({ jsonSchema }: ZodOpenApiOverrideContext): void => {
  delete jsonSchema.default;
};
const saltHex = hexBytes(32)
  .default(() => new Uint8Array())
  .meta({
    description:
      'In a topic with a reveal window, and only there: the salt that the value was committed with.',
    override: withoutDefault,
  });

const inferenceShape = { ...place, inferer: addressForm, value: valueText };
/** Of a signed message; JSON is read by the bodies below. */
export const inferenceFields = z.strictObject({ ...inferenceShape, salt: saltBytes });
export const inferenceBody = z
  .strictObject({ ...inferenceShape, salt: saltHex, ...inJson })
  .meta({ id: 'InferenceBody', description: 'Signed: a SignedPayload of the body inference.' });

const forecastShape = {
  ...place,
  forecaster: addressForm,
  elements: z
    .array(z.strictObject({ inferer: addressForm, value: valueText }))
    .min(1)
    .meta({ description: 'Forecast log10 losses, of each inferer once.' }),
};
export const forecastFields = z.strictObject({ ...forecastShape, salt: saltBytes });
export const forecastBody = z
  .strictObject({ ...forecastShape, salt: saltHex, ...inJson })
  .meta({ id: 'ForecastBody', description: 'Signed: a SignedPayload of the body forecast.' });

const workerLosses = z
  .array(z.strictObject({ worker: addressForm, value: valueText }).meta({ id: 'WorkerLossBody' }))
  .meta({ description: 'Of each worker once.' });
const lossShape = {
  ...place,
  reputer: addressForm,
  combined: valueText,
  naive: valueText,
  inferers: workerLosses,
  forecasters: workerLosses,
  oneOutInferers: workerLosses,
  oneOutForecasters: workerLosses,
  oneInForecasters: workerLosses,
  oneOutInfererForecasters: z.array(
    z.strictObject({ forecaster: addressForm, oneOutInferers: workerLosses }),
  ),
};
export const lossFields = z.strictObject(lossShape);
export const lossBody = z
  .strictObject({ ...lossShape, ...inJson })
  .meta({ id: 'LossBody', description: 'log10 losses. Signed: a SignedPayload of the body loss.' });

type Committed = CommittedBody.INFERENCE | CommittedBody.FORECAST;
const namesOfCommitments = {
  [CommittedBody.INFERENCE]: 'InferenceCommitmentBody',
  [CommittedBody.FORECAST]: 'ForecastCommitmentBody',
} as const;

const commitmentShape = { ...place, worker: addressForm };
const commitmentTo = <const B extends Committed>(body: B) => ({
  fields: z.strictObject({ ...commitmentShape, hash: hashBytes, body: z.literal(body) }),
  body: z
    .strictObject({
      ...commitmentShape,
      hash: hexBytes(32).meta({ description: 'SHA-256 of the payload that will be revealed.' }),
      body: z.literal<B>(body).default(body).meta({ description: 'Not needed: the path says it.' }),
      ...inJson,
    })
    .meta({
      id: namesOfCommitments[body],
      description: 'Signed: a SignedPayload of the body commitment.',
    }),
});

export const commitmentForms = {
  [CommittedBody.INFERENCE]: commitmentTo(CommittedBody.INFERENCE),
  [CommittedBody.FORECAST]: commitmentTo(CommittedBody.FORECAST),
} as const;

/** Most items of a bulk request, unless the operator sets another number. */
export const BULK_ITEMS = 1_000;

/** Only the envelope is judged as a whole; what the items are is for each of them to answer. */
export const bulkForm = (maxItems: number, item: z.ZodUnknown = z.unknown()) =>
  z.strictObject({ items: z.array(item).min(1).max(maxItems) });

/** The same with what an item should be. An item that is not is refused by itself. */
export const bulkBody = (id: string, itemId: string) => {
  const anyOf = [{ $ref: `#/components/schemas/${itemId}` }, {}];
  return bulkForm(BULK_ITEMS, z.unknown().meta({ override: { anyOf } })).meta({
    id,
    description: `Items of the form ${itemId}; one of another form is refused by itself.`,
  });
};
