import { Metadata, status, type ServiceError } from '@grpc/grpc-js';
import { errorRules, RefusalError, type ErrorCode } from '@allora/contracts/errors';
import { refusalMetadata } from './grpc-definition';
import { factsToJson } from './refusal';

export function toServiceError(refusal: RefusalError): Partial<ServiceError> & { code: status } {
  const metadata = new Metadata();
  metadata.set(refusalMetadata.code, refusal.code);
  // Header values are ASCII; facts may hold any text.
  metadata.set(refusalMetadata.facts, encodeURIComponent(factsToJson(refusal.facts)));
  return { code: status[errorRules[refusal.code].grpc], details: refusal.message, metadata };
}

/** The owner's refusal as it was thrown there; an owner out of reach is UNAVAILABLE; everything else stays an error. */
export function fromServiceError(error: ServiceError, what: string): Error {
  const code = error.metadata?.get(refusalMetadata.code)[0];
  if (typeof code === 'string' && Object.hasOwn(errorRules, code) && code !== 'INTERNAL') {
    return new RefusalError(code as ErrorCode, error.details, readFacts(error.metadata));
  }
  if (error.code === status.UNAVAILABLE || error.code === status.DEADLINE_EXCEEDED) {
    const refusal = new RefusalError('UNAVAILABLE', `${what} did not answer`, {
      grpcStatus: status[error.code],
    });
    refusal.cause = error;
    return refusal;
  }
  return new Error(`${what}: ${status[error.code]}: ${error.details}`, { cause: error });
}

function readFacts(metadata: Metadata): Record<string, unknown> {
  const text = metadata.get(refusalMetadata.facts)[0];
  if (typeof text !== 'string') return {};
  try {
    return Object(JSON.parse(decodeURIComponent(text))) as Record<string, unknown>;
  } catch {
    return {}; // facts are a courtesy: a sender that garbles them still refused with its code
  }
}
