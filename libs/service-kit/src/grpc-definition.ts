/** A unary method as ts-proto generates it for grpc-js; `never` and `unknown` admit every message. */
export interface UnaryMethod {
  readonly path: string;
  readonly requestStream: false;
  readonly responseStream: false;
  readonly requestSerialize: (value: never) => Buffer;
  readonly requestDeserialize: (value: Buffer) => unknown;
  readonly responseSerialize: (value: never) => Buffer;
  readonly responseDeserialize: (value: Buffer) => unknown;
}

export type GrpcDefinition = Readonly<Record<string, UnaryMethod>>;

export type RequestOf<M extends UnaryMethod> = ReturnType<M['requestDeserialize']>;
export type ResponseOf<M extends UnaryMethod> = ReturnType<M['responseDeserialize']>;

export const maxMessageBytes = 8 * 1_048_576;

/** Metadata of a refusal: its code and its facts as JSON; the text is the `details` of the status. */
export const refusalMetadata = { code: 'code', facts: 'facts' } as const;
export const requestIdMetadata = 'x-request-id';

/** `/allora.topics.v1.TopicCoordinator/GetTopic` -> `TopicCoordinator.GetTopic`. */
export const shortMethod = (path: string): string =>
  path
    .split('/')
    .slice(-2)
    .map((part) => part.slice(part.lastIndexOf('.') + 1))
    .join('.');
