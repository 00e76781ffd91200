interface Method {
  readonly path: string;
  readonly requestSerialize: (value: never) => Buffer;
  readonly requestDeserialize: (value: Buffer) => unknown;
  readonly responseSerialize: (value: never) => Buffer;
  readonly responseDeserialize: (value: Buffer) => unknown;
}

/** A method as ts-proto generates it for grpc-js; `never` and `unknown` admit every message. */
export interface UnaryMethod extends Method {
  readonly requestStream: false;
  readonly responseStream: false;
}

/** One request, many answers. */
export interface ServerStreamMethod extends Method {
  readonly requestStream: false;
  readonly responseStream: true;
}

/** Many requests, many answers. */
export interface BidiMethod extends Method {
  readonly requestStream: true;
  readonly responseStream: true;
}

export type GrpcMethod = UnaryMethod | ServerStreamMethod | BidiMethod;
export type GrpcDefinition = Readonly<Record<string, GrpcMethod>>;

export type RequestOf<M extends GrpcMethod> = ReturnType<M['requestDeserialize']>;
export type ResponseOf<M extends GrpcMethod> = ReturnType<M['responseDeserialize']>;

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

/** `/allora.topics.v1.TopicCoordinator/GetTopic` -> `allora.topics.v1.TopicCoordinator`. */
export const serviceName = (path: string): string => path.split('/')[1] ?? '';
