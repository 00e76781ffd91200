import type { Account } from '@allora/identity/account';
import type { ServiceUrls } from './endpoints';
import type { PayloadBody } from './signing';
import type { ForecastRequest, InferenceRequest, LossesRequest } from './types';

export type SubmissionKind = 'inference' | 'forecast' | 'loss';

/** What is asked of each kind. */
export interface SubmissionRequests {
  readonly inference: InferenceRequest;
  readonly forecast: ForecastRequest;
  readonly loss: LossesRequest;
}

/** A submission of an account: what is signed, and the fields that carry it over REST. */
export interface SubmissionBody {
  readonly topicId: number;
  readonly nonce: number;
  readonly signed: PayloadBody;
  readonly fields: object;
}

const NO_SALT = new Uint8Array();

/** In the fields a salt is hex, and left out where there is none. */
const saltField = (salt: Uint8Array): object =>
  salt.length === 0 ? {} : { salt: Buffer.from(salt).toString('hex') };

const bodies: {
  readonly [K in SubmissionKind]: (
    author: string,
    request: SubmissionRequests[K],
    salt: Uint8Array,
  ) => SubmissionBody;
} = {
  inference: (inferer, { topicId, nonce, value }, salt) => {
    const fields = { nonce, inferer, value };
    return {
      topicId,
      nonce,
      signed: { $case: 'inference', value: { topicId, ...fields, salt } },
      fields: { ...fields, ...saltField(salt) },
    };
  },
  forecast: (forecaster, { topicId, nonce, elements }, salt) => {
    const fields = { nonce, forecaster, elements: [...elements] };
    return {
      topicId,
      nonce,
      signed: { $case: 'forecast', value: { topicId, ...fields, salt } },
      fields: { ...fields, ...saltField(salt) },
    };
  },
  loss: (reputer, { topicId, ...losses }) => {
    const fields = { ...losses, reputer };
    return { topicId, nonce: losses.nonce, signed: { $case: 'loss', value: { topicId, ...fields } }, fields };
  },
};

export function submissionBody<K extends SubmissionKind>(
  kind: K,
  account: Account,
  request: SubmissionRequests[K],
  salt: Uint8Array = NO_SALT,
): SubmissionBody {
  return bodies[kind](account.address, request, salt);
}

/** Where submissions of a kind go, in a topic. */
export function submissionUrl(urls: ServiceUrls, kind: SubmissionKind, topicId: number): string {
  switch (kind) {
    case 'inference':
      return `${urls.inferenceIngest}/v1/topics/${topicId}/inferences`;
    case 'forecast':
      return `${urls.forecastIngest}/v1/topics/${topicId}/forecasts`;
    case 'loss':
      return `${urls.reputation}/v1/topics/${topicId}/losses`;
  }
}
