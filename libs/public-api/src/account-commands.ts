import { proofShape, topicIdNumber } from '@allora/service-kit/form';
import { z } from 'zod';
import type { ZodOpenApiOverrideContext } from 'zod-openapi';
import { addressForm, amountText, requestIdText } from './forms';

const amount = { amountUallo: amountText };
const place = { topicId: topicIdNumber, reputer: addressForm };
const target = { toTopicId: topicIdNumber, toReputer: addressForm };

/** By the name of the command in JSON, which is also that of the signed message's field. */
export const accountCommandForms = {
  transfer: z.strictObject({ to: addressForm, ...amount }),
  delegate: z.strictObject({ ...place, ...amount }),
  removeStake: z.strictObject({ ...place, ...amount }),
  cancelRemoval: z.strictObject(place),
  redelegate: z.strictObject({ ...place, ...target, ...amount }),
  claimDelegationRewards: z.strictObject(place),
  fundTopic: z.strictObject({ topicId: topicIdNumber, ...amount }),
  payInference: z.strictObject({ topicId: topicIdNumber, ...amount }),
  stakeValidator: z.strictObject(amount),
  removeValidatorStake: z.strictObject(amount),
  cancelValidatorRemoval: z.strictObject({}),
  claimValidatorRewards: z.strictObject({}),
  slash: z.strictObject({ ...place, partsPerMillion: z.int().min(1).max(1_000_000) }),
};

/** The document says it in the way that generators of clients read: one form for each name. */
function oneByName({ jsonSchema }: ZodOpenApiOverrideContext): void {
  const forms = Object.entries(jsonSchema.properties ?? {});
  delete jsonSchema.properties;
  delete jsonSchema.type;
  delete jsonSchema.additionalProperties;
  jsonSchema.oneOf = forms.map(([name, form]) => ({
    ...{ type: 'object', title: name, properties: { [name]: form } },
    ...{ required: [name], additionalProperties: false },
  }));
}

export type AccountCommandName = keyof typeof accountCommandForms;
const expected = `expected one of ${Object.keys(accountCommandForms).join(', ')}`;

/** What is signed of a command, of JSON or of a decoded message brought into the same form. */
export const accountCommandFields = z.strictObject({
  author: addressForm.meta({ description: 'Whose command it is, and who has signed it.' }),
  requestId: requestIdText,
  command: z
    .strictObject(accountCommandForms, {
      error: ({ code }) => (code === 'unrecognized_keys' ? expected : undefined),
    })
    .partial()
    .refine((named) => Object.keys(named).length === 1, expected)
    .meta({
      description: 'One of these, by its name.',
      example: { fundTopic: { topicId: 1, amountUallo: '1000000000000000000' } },
      override: oneByName,
    }),
});

export const accountCommandBody = accountCommandFields.extend(proofShape).meta({
  id: 'AccountCommandBody',
  description: 'Signed: a SignedPayload of the body account_command.',
});
