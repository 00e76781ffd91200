/** A refusal that a caller meets: stable code, HTTP status, gRPC status name, and what to do about it. */
interface ErrorRule {
  readonly status: number;
  readonly grpc:
    | 'INVALID_ARGUMENT'
    | 'NOT_FOUND'
    | 'PERMISSION_DENIED'
    | 'UNAUTHENTICATED'
    | 'FAILED_PRECONDITION'
    | 'ALREADY_EXISTS'
    | 'RESOURCE_EXHAUSTED'
    | 'UNAVAILABLE'
    | 'INTERNAL';
  readonly title: string;
  readonly remedy: string;
}

/** Every code, once. Codes are never renamed; clients match on them. */
export const errorRules = {
  MALFORMED: {
    status: 400,
    grpc: 'INVALID_ARGUMENT',
    title: 'The request is not of the documented form',
    remedy: 'Correct the named fields and send it again.',
  },
  TOO_LARGE: {
    status: 413,
    grpc: 'RESOURCE_EXHAUSTED',
    title: 'The request is larger than allowed',
    remedy: 'Send less at once.',
  },
  UNKNOWN_TOPIC: {
    status: 404,
    grpc: 'NOT_FOUND',
    title: 'There is no such topic',
    remedy: 'See GET /v1/topics for those that exist.',
  },
  NOT_REGISTERED: {
    status: 403,
    grpc: 'PERMISSION_DENIED',
    title: 'The author is not registered in this topic and role',
    remedy: 'Register the address with POST /v1/topics/{id}/registrations first.',
  },
  BAD_SIGNATURE: {
    status: 401,
    grpc: 'UNAUTHENTICATED',
    title: 'The signature does not prove the author',
    remedy: "Sign the SHA-256 of the payload's canonical bytes with the author's own key, for this chain id.",
  },
  WINDOW_CLOSED: {
    status: 409,
    grpc: 'FAILED_PRECONDITION',
    title: 'No window is open for this nonce',
    remedy: 'Ask GET /v1/topics/{id}/windows for the open nonces.',
  },
  VALUE_NOT_ALLOWED: {
    status: 422,
    grpc: 'INVALID_ARGUMENT',
    title: 'A value is not allowed',
    remedy: 'Send a finite decimal number within the limits of the topic.',
  },
  DUPLICATE_ELEMENT: {
    status: 422,
    grpc: 'INVALID_ARGUMENT',
    title: 'An element is named twice',
    remedy: 'Name each worker once.',
  },
  TOO_MANY_ELEMENTS: {
    status: 422,
    grpc: 'INVALID_ARGUMENT',
    title: 'More elements than allowed',
    remedy: 'Send at most the stated number.',
  },
  CONFLICTING_REPEAT: {
    status: 409,
    grpc: 'ALREADY_EXISTS',
    title: 'Another submission of this author stands for this nonce',
    remedy: 'Nothing to do: the first one counts.',
  },
  OTHER_STANDING: {
    status: 409,
    grpc: 'FAILED_PRECONDITION',
    title: 'The account is registered with another standing',
    remedy: 'Sign the registration with a request id of your own to change it, from the next epoch on.',
  },
  TOO_MANY_SHADOWS: {
    status: 409,
    grpc: 'RESOURCE_EXHAUSTED',
    title: 'The topic has as many shadows as it takes',
    remedy: 'Register as a worker, or come again when a shadow has become one.',
  },
  RATE_LIMITED: {
    status: 429,
    grpc: 'RESOURCE_EXHAUSTED',
    title: 'Too many requests',
    remedy: 'Wait for the stated time, then send it again; a repeat of the same bytes is safe.',
  },
  NO_COMMITMENT: {
    status: 409,
    grpc: 'FAILED_PRECONDITION',
    title: 'No commitment of this author stands for these bytes',
    remedy: 'Reveal exactly the bytes whose hash was committed while commitments were taken.',
  },
  SLOW_READER: {
    status: 429,
    grpc: 'RESOURCE_EXHAUSTED',
    title: 'The stream is not read fast enough',
    remedy: 'Open it again and read on; a repeat of the same bytes is safe.',
  },
  CURSOR_EXPIRED: {
    status: 410,
    grpc: 'FAILED_PRECONDITION',
    title: 'The cursor is not one of the stream as it is kept now',
    remedy:
      'Read what was missed from the history, then open the stream without a cursor, or with from=start.',
  },
  UNKNOWN_SUBMISSION: {
    status: 404,
    grpc: 'NOT_FOUND',
    title: 'No submission of this hash stands',
    remedy: 'Check the hash; if it was never answered with a receipt, send the same bytes again.',
  },
  UNKNOWN_EPOCH: {
    status: 404,
    grpc: 'NOT_FOUND',
    title: 'The topic has no such epoch',
    remedy: 'See GET /v1/topics/{id}/inference for the latest nonce.',
  },
  EPOCH_STANDS: {
    status: 409,
    grpc: 'FAILED_PRECONDITION',
    title: 'The epoch is not to be asked again',
    remedy:
      'Facts name the reason: NOT_SETTLED (wait until it is), PAID (what was paid stands), TOPIC_ASLEEP (wake the topic).',
  },
  EPOCH_NOT_KEPT: {
    status: 404,
    grpc: 'NOT_FOUND',
    title: 'What the epoch was computed from is not kept',
    remedy: 'Only epochs since their inputs are kept can be computed again; try a later one.',
  },
  UNKNOWN_LOSS_METHOD: {
    status: 422,
    grpc: 'FAILED_PRECONDITION',
    title: "The topic's loss method is not one that the network can compute",
    remedy: 'Ask for a change that needs no new losses: leave out a reputer, or move stake.',
  },
  TRUTH_NOT_RECOVERABLE: {
    status: 422,
    grpc: 'FAILED_PRECONDITION',
    title: 'The losses of a reputer do not tell one ground truth',
    remedy: 'Leave the named reputer out as well, or ask for a change that needs no new losses.',
  },
  NO_INFERENCE_YET: {
    status: 404,
    grpc: 'NOT_FOUND',
    title: 'The topic has no network inference yet',
    remedy: 'Wait for the first worker window to close.',
  },
  UNKNOWN_PARTICIPANT: {
    status: 404,
    grpc: 'NOT_FOUND',
    title: 'Nothing is known of this address',
    remedy: 'Check the address; a participant appears with its registration.',
  },
  INVALID_TOPIC_PARAMS: {
    status: 422,
    grpc: 'INVALID_ARGUMENT',
    title: "The topic's parameters are out of range",
    remedy: 'Correct the named parameters.',
  },
  INSUFFICIENT_BALANCE: {
    status: 409,
    grpc: 'FAILED_PRECONDITION',
    title: 'The account does not hold enough',
    remedy: 'Fund the account or lower the amount.',
  },
  REMOVAL_PENDING: {
    status: 409,
    grpc: 'FAILED_PRECONDITION',
    title: 'A removal of this stake is under way already',
    remedy: 'Wait for it, or cancel it and ask for the whole amount.',
  },
  NO_REMOVAL: {
    status: 409,
    grpc: 'FAILED_PRECONDITION',
    title: 'There is no removal to cancel',
    remedy: 'See GET /v1/accounts/{address} for removals under way.',
  },
  NOTHING_TO_CLAIM: {
    status: 409,
    grpc: 'FAILED_PRECONDITION',
    title: 'There is nothing to claim',
    remedy: 'See GET /v1/accounts/{address} for what is claimable.',
  },
  NO_SUCH_REPUTER: {
    status: 409,
    grpc: 'FAILED_PRECONDITION',
    title: 'Nobody of this address has a stake of its own in the topic',
    remedy: 'Delegate to a reputer that stakes; see GET /v1/topics/{id}/stakes.',
  },
  NOT_AN_OPERATOR: {
    status: 403,
    grpc: 'PERMISSION_DENIED',
    title: 'The command is for operators of the network',
    remedy: 'Sign it with an account that the genesis names as operator.',
  },
  FEE_BELOW_MINIMUM: {
    status: 422,
    grpc: 'FAILED_PRECONDITION',
    title: 'The fee is below what the topic asks for',
    remedy:
      "Pay at least the topic's minInferenceFeeUallo; see GET /v1/topics/{id}/price-guide for what a fee buys.",
  },
  NO_HOLD: {
    status: 409,
    grpc: 'FAILED_PRECONDITION',
    title: 'No fee is held that would allow this',
    remedy:
      'See GET /v1/inference-requests/{id} for how the request ended; buy again under another request id.',
  },
  UNKNOWN_REQUEST: {
    status: 404,
    grpc: 'NOT_FOUND',
    title: 'There is no such inference request',
    remedy: 'Check the id; if the request was never answered, send the same bytes again.',
  },
  NOT_THE_CREATOR: {
    status: 403,
    grpc: 'PERMISSION_DENIED',
    title: "The command is for the topic's creator",
    remedy: 'Sign it with the account that created the topic.',
  },
  WINDOW_OPEN: {
    status: 409,
    grpc: 'FAILED_PRECONDITION',
    title: 'Settings do not change while a window of the topic is open',
    remedy: 'Send it again while no window is open; the stated height is the next such moment.',
  },
  FAUCET_CLOSED: {
    status: 403,
    grpc: 'PERMISSION_DENIED',
    title: 'This network has no faucet',
    remedy: 'A faucet exists on test networks only.',
  },
  CLOCK_NOT_MANUAL: {
    status: 409,
    grpc: 'FAILED_PRECONDITION',
    title: 'The block clock follows the time of day',
    remedy: 'Only a network started with CLOCK=manual can be advanced by hand.',
  },
  CLOCK_BACKWARDS: {
    status: 409,
    grpc: 'FAILED_PRECONDITION',
    title: 'The block height only grows',
    remedy: 'Name a height at or above the present one.',
  },
  NOT_AUTHORIZED: {
    status: 401,
    grpc: 'UNAUTHENTICATED',
    title: 'The command is for operators',
    remedy: 'Send the operator token as "Authorization: Bearer …".',
  },
  UNKNOWN_API_KEY: {
    status: 401,
    grpc: 'UNAUTHENTICATED',
    title: 'The API key is missing or unknown',
    remedy: 'Send a key that this network issued in the header x-api-key.',
  },
  SCOPE_MISSING: {
    status: 403,
    grpc: 'PERMISSION_DENIED',
    title: 'The API key may not do this',
    remedy: 'Use a key that was made with the named scope.',
  },
  KEY_NOT_ACTIVE: {
    status: 409,
    grpc: 'FAILED_PRECONDITION',
    title: 'The API key is replaced, revoked or expired',
    remedy: 'Go on with the key that replaced it, or have a new one made.',
  },
  NOT_AN_OPERATOR_HERE: {
    status: 403,
    grpc: 'PERMISSION_DENIED',
    title: 'The token does not name its bearer an operator',
    remedy: "Have the identity provider put the operator role into the token's role claim.",
  },
  NOT_REPRESENTABLE: {
    status: 422,
    grpc: 'FAILED_PRECONDITION',
    title: 'The value does not fit the asked type',
    remedy: 'Ask for a type that holds it, or read the native API, which has no such limit.',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    grpc: 'INVALID_ARGUMENT',
    title: 'The method is not one of this address',
    remedy: 'Use a method that the header Allow names.',
  },
  NOT_FOUND: {
    status: 404,
    grpc: 'NOT_FOUND',
    title: 'There is nothing at this address',
    remedy: 'Check the path.',
  },
  UNAVAILABLE: {
    status: 503,
    grpc: 'UNAVAILABLE',
    title: 'The service cannot answer now',
    remedy: 'Try again after the stated time; a repeat of the same bytes is safe.',
  },
  INTERNAL: {
    status: 500,
    grpc: 'INTERNAL',
    title: 'The service failed',
    remedy: 'Try again; if it stays, give the request id to the operator.',
  },
} as const satisfies Record<string, ErrorRule>;

export type ErrorCode = keyof typeof errorRules;

/** A refusal on its way to the caller. `detail` says what exactly is wrong, `facts` are machine-readable. */
export class RefusalError extends Error {
  constructor(
    readonly code: ErrorCode,
    detail: string,
    readonly facts: Readonly<Record<string, unknown>> = {},
  ) {
    super(detail);
    this.name = 'RefusalError';
  }
}
