import type { Account } from '@allora/identity/account';
import type { AlloraClient } from './client';
import type { Sealed } from './commit-reveal';
import { followWindows, type FollowOptions } from './follow-windows';
import { ensureRegistered } from './standing';
import { Submitter, type SubmitterOptions } from './submitter';
import type { ForecastRequest, InferenceRequest, Receipt, Standing, Windows } from './types';

/** A worker at the network's door. `until` of a submission ends its repeats: the close of its window. */
export interface WorkerClient {
  readonly account: Account;
  /** Registers where needed; true when it was done now. Without a standing the present one is left as it is. */
  join(topicId: number, standing?: Standing): Promise<boolean>;
  follow(topicId: number, listener: (windows: Windows) => void, options: FollowOptions): Promise<void>;
  submitInference(request: InferenceRequest, until: AbortSignal): Promise<Receipt>;
  submitForecast(request: ForecastRequest, until: AbortSignal): Promise<Receipt>;
  /** In topics with a reveal window: seal, keep what was sealed, commit to it, and reveal it in the window of that stage. */
  sealInference(request: InferenceRequest): Sealed<InferenceRequest>;
  commitInference(sealed: Sealed<InferenceRequest>, until: AbortSignal): Promise<void>;
  revealInference(sealed: Sealed<InferenceRequest>, until: AbortSignal): Promise<Receipt>;
  sealForecast(request: ForecastRequest): Sealed<ForecastRequest>;
  commitForecast(sealed: Sealed<ForecastRequest>, until: AbortSignal): Promise<void>;
  revealForecast(sealed: Sealed<ForecastRequest>, until: AbortSignal): Promise<Receipt>;
}

export interface ParticipantOptions extends SubmitterOptions {
  /** Of the key, where worker and reputer share it. */
  readonly submitter?: Submitter;
}

interface Slotted {
  readonly topicId: number;
  readonly nonce: number;
}

export function createWorkerClient(
  client: AlloraClient,
  account: Account,
  options: ParticipantOptions = {},
): WorkerClient {
  const submitter = options.submitter ?? new Submitter(options);
  const send = <T>(
    kind: string,
    request: Slotted,
    body: unknown,
    until: AbortSignal,
    call: () => Promise<T>,
  ): Promise<T> => {
    const slot = `${kind} ${request.topicId} ${request.nonce}`;
    return submitter.submit({ slot, body: JSON.stringify(body), send: call }, until);
  };
  const commit = async <R extends Slotted>(
    kind: string,
    sealed: Sealed<R>,
    until: AbortSignal,
    call: () => Promise<unknown>,
  ): Promise<void> => void (await send(`commitment of ${kind}`, sealed.request, sealed, until, call));
  return {
    account,
    join: (topicId, standing) => ensureRegistered(client, account, { topicId, role: 'worker' }, standing),
    follow: (topicId, listener, follow) => followWindows(client, topicId, listener, follow),
    submitInference: (request, until) =>
      send('inference', request, request, until, () => client.submitInference(account, request)),
    submitForecast: (request, until) =>
      send('forecast', request, request, until, () => client.submitForecast(account, request)),
    sealInference: (request) => client.sealInference(account, request),
    commitInference: (sealed, until) =>
      commit('inference', sealed, until, () => client.commitInference(account, sealed)),
    revealInference: (sealed, until) =>
      send('inference', sealed.request, sealed, until, () => client.revealInference(account, sealed)),
    sealForecast: (request) => client.sealForecast(account, request),
    commitForecast: (sealed, until) =>
      commit('forecast', sealed, until, () => client.commitForecast(account, sealed)),
    revealForecast: (sealed, until) =>
      send('forecast', sealed.request, sealed, until, () => client.revealForecast(account, sealed)),
  };
}
