import { randomBytes } from 'node:crypto';
import { CommittedBody } from '@allora/contracts/gen/allora/signing/v1/signing';
import type { Account } from '@allora/identity/account';
import { messageHash } from '@allora/identity/signature';
import * as decode from './decode';
import type { Link } from './link';
import { fromHex, toHex } from './hex';
import { payloadBytes } from './signing';
import { submissionBody, type SubmissionRequests, submissionUrl } from './submission-body';
import type { ForecastRequest, InferenceRequest, Receipt } from './types';

/** What was committed to, to be kept until it is revealed: without the salt the value is lost. Plain JSON. */
export interface Sealed<R> {
  readonly request: R;
  /** 32 random bytes, hex. */
  readonly salt: string;
  /** Of the bytes that will be revealed, hex. */
  readonly hash: string;
}

export interface CommitReveal {
  /**
   * In a topic with a reveal window: binds the inferer to a value that nobody else can read yet. Who must not lose it to a crash
   * makes it with `sealInference`, keeps that and commits to it; to commit to it again is safe.
   */
  commitInference(
    inferer: Account,
    request: InferenceRequest | Sealed<InferenceRequest>,
  ): Promise<Sealed<InferenceRequest>>;
  revealInference(inferer: Account, sealed: Sealed<InferenceRequest>): Promise<Receipt>;
  sealInference(inferer: Account, request: InferenceRequest): Sealed<InferenceRequest>;
  commitForecast(
    forecaster: Account,
    request: ForecastRequest | Sealed<ForecastRequest>,
  ): Promise<Sealed<ForecastRequest>>;
  revealForecast(forecaster: Account, sealed: Sealed<ForecastRequest>): Promise<Receipt>;
  sealForecast(forecaster: Account, request: ForecastRequest): Sealed<ForecastRequest>;
}

const SALT_BYTES = 32;
type Kind = 'inference' | 'forecast';
const committed: Readonly<Record<Kind, CommittedBody>> = {
  inference: CommittedBody.INFERENCE,
  forecast: CommittedBody.FORECAST,
};

const isSealed = <R extends object>(request: R | Sealed<R>): request is Sealed<R> => 'salt' in request;

export function commitReveal(link: Link): CommitReveal {
  const seal = <K extends Kind>(
    kind: K,
    account: Account,
    request: SubmissionRequests[K],
  ): Sealed<SubmissionRequests[K]> => {
    const salt = randomBytes(SALT_BYTES);
    const { signed } = submissionBody(kind, account, request, salt);
    return { request, salt: toHex(salt), hash: toHex(messageHash(payloadBytes(link.chainId, signed))) };
  };
  const commit = async <K extends Kind>(
    kind: K,
    account: Account,
    request: SubmissionRequests[K] | Sealed<SubmissionRequests[K]>,
  ): Promise<Sealed<SubmissionRequests[K]>> => {
    const sealed = isSealed(request) ? request : seal(kind, account, request);
    const { topicId, nonce } = sealed.request;
    const fields = { nonce, worker: account.address };
    const value = { topicId, ...fields, hash: fromHex(sealed.hash), body: committed[kind] };
    const url = `${submissionUrl(link.urls, kind, topicId)}/commitments`;
    await link.command(account, url, { $case: 'commitment', value }, { ...fields, hash: sealed.hash });
    return sealed;
  };
  const reveal = async <K extends Kind>(
    kind: K,
    account: Account,
    { request, salt }: Sealed<SubmissionRequests[K]>,
  ): Promise<Receipt> => {
    const { topicId, signed, fields } = submissionBody(kind, account, request, fromHex(salt));
    const url = submissionUrl(link.urls, kind, topicId);
    return decode.toReceipt(await link.command(account, url, signed, fields));
  };
  return {
    sealInference: (account, request) => seal('inference', account, request),
    commitInference: (account, request) => commit('inference', account, request),
    revealInference: (account, sealed) => reveal('inference', account, sealed),
    sealForecast: (account, request) => seal('forecast', account, request),
    commitForecast: (account, request) => commit('forecast', account, request),
    revealForecast: (account, sealed) => reveal('forecast', account, sealed),
  };
}
