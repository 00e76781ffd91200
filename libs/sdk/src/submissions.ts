import type { Account } from '@allora/identity/account';
import { type Authored, type SubmissionOutcome, submitInBulk } from './bulk';
import * as decode from './decode';
import type { Link } from './link';
import {
  type SubmissionKind,
  submissionBody,
  type SubmissionRequests,
  submissionUrl,
} from './submission-body';
import type * as t from './types';

export interface Submissions {
  submitInference(inferer: Account, request: t.InferenceRequest): Promise<t.Receipt>;
  submitForecast(forecaster: Account, request: t.ForecastRequest): Promise<t.Receipt>;
  submitLosses(reputer: Account, request: t.LossesRequest): Promise<t.Receipt>;
  /** Of any number of accounts and topics; an answer for each, in their order, and never an error for all. */
  submitInferences(submissions: readonly Authored<t.InferenceRequest>[]): Promise<SubmissionOutcome[]>;
  submitForecasts(submissions: readonly Authored<t.ForecastRequest>[]): Promise<SubmissionOutcome[]>;
  submitLossBundles(submissions: readonly Authored<t.LossesRequest>[]): Promise<SubmissionOutcome[]>;
}

export function submissions(link: Link): Submissions {
  const one = async <K extends SubmissionKind>(
    kind: K,
    account: Account,
    request: SubmissionRequests[K],
  ): Promise<t.Receipt> => {
    const { topicId, signed, fields } = submissionBody(kind, account, request);
    const url = submissionUrl(link.urls, kind, topicId);
    return decode.toReceipt(await link.command(account, url, signed, fields));
  };
  return {
    submitInference: (account, request) => one('inference', account, request),
    submitForecast: (account, request) => one('forecast', account, request),
    submitLosses: (account, request) => one('loss', account, request),
    submitInferences: (all) => submitInBulk(link, 'inference', all),
    submitForecasts: (all) => submitInBulk(link, 'forecast', all),
    submitLossBundles: (all) => submitInBulk(link, 'loss', all),
  };
}
