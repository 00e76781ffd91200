import type { TrustStatus } from '@allora/protocol/trust/trust';
import {
  inferenceTrust,
  type InferenceMoment,
  LATEST_CACHE_CONTROL,
  latestInferenceBody,
  latestInferenceEtag,
} from '../inference-view';
import type { Latest } from './latest';

/** An answer as it goes out. */
export interface Rendered {
  readonly body: Buffer;
  readonly etag: string;
  readonly status: TrustStatus;
  readonly headers: Readonly<Record<string, string>>;
  /** For those who have the body already. */
  readonly unchangedHeaders: Readonly<Record<string, string>>;
}

export function render(
  { inference, facts, closedNonce }: Latest,
  present: Pick<InferenceMoment, 'nowMs' | 'thresholds'>,
): Rendered {
  const moment = { ...present, latestNonce: closedNonce };
  const etag = latestInferenceEtag(inference, facts, moment);
  const body = Buffer.from(latestInferenceBody(inference, facts, moment));
  const unchangedHeaders = { 'cache-control': LATEST_CACHE_CONTROL, etag };
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(body.length),
    ...unchangedHeaders,
  };
  return { body, etag, headers, unchangedHeaders, status: inferenceTrust(inference, facts, moment).status };
}
