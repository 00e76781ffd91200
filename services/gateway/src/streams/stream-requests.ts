import { StreamKind } from '@allora/contracts/gen/allora/gateway/v1/gateway';
import { MAX_STREAM_TOPICS, streamCursor, type streamQuery } from '@allora/public-api/routes/streams';
import { KIND_NAMES } from '@allora/public-api/schemas/stream';
import { topicIdNumber } from '@allora/service-kit/form';
import { z } from 'zod';
import { KIND_BITS, type KindName } from './kinds';

export type Beginning =
  | { readonly at: 'now' }
  | { readonly at: 'start' }
  | { readonly at: 'nonce'; readonly nonce: number }
  | { readonly at: 'cursor'; readonly cursor: string };

/** What a reader asks for. */
export interface StreamInterest {
  /** Undefined: all. */
  readonly topics: readonly number[] | undefined;
  /** Bits of `KIND_BITS`. */
  readonly kinds: number;
  readonly beginning: Beginning;
}

const bitsOf = (names: readonly KindName[] = KIND_NAMES): number =>
  names.reduce((bits, name) => bits | KIND_BITS[name], 0);

/** What a client says when it comes again counts more than the address that it first asked at. */
export function interestOfQuery(
  query: z.output<typeof streamQuery>,
  lastEventId: string | undefined,
): StreamInterest {
  return {
    topics: query.topics,
    kinds: bitsOf(query.kinds),
    beginning: lastEventId ? { at: 'cursor', cursor: lastEventId } : beginningOf(query),
  };
}

function beginningOf({ cursor: given, since, from }: z.output<typeof streamQuery>): Beginning {
  if (given !== undefined) return { at: 'cursor', cursor: given };
  if (since !== undefined) return { at: 'nonce', nonce: since };
  return { at: from ?? 'now' };
}

const KIND_OF_PROTO: Readonly<Record<StreamKind, KindName | undefined>> = {
  [StreamKind.UNSPECIFIED]: undefined,
  [StreamKind.INFERENCE]: 'inference',
  [StreamKind.PHASE]: 'phase',
  [StreamKind.WINDOW]: 'window',
};

/** The same out of a message of gRPC. */
export const streamRequest = z
  .object({
    topicIds: z.array(topicIdNumber).max(MAX_STREAM_TOPICS),
    kinds: z.array(
      z.enum(StreamKind).transform((kind, context): KindName => {
        const name = KIND_OF_PROTO[kind];
        if (name !== undefined) return name;
        context.addIssue({ code: 'custom', message: 'expected a kind' });
        return z.NEVER;
      }),
    ),
    from: z
      .discriminatedUnion('$case', [
        z.object({ $case: z.literal('cursor'), value: streamCursor }),
        z.object({ $case: z.literal('sinceNonce'), value: z.int().min(0) }),
        z.object({ $case: z.literal('start'), value: z.boolean() }),
      ])
      .optional(),
  })
  .transform(({ topicIds, kinds: names, from }): StreamInterest => ({
    topics: topicIds.length === 0 ? undefined : topicIds,
    kinds: bitsOf(names.length === 0 ? undefined : names),
    beginning:
      from?.$case === 'cursor'
        ? { at: 'cursor', cursor: from.value }
        : from?.$case === 'sinceNonce'
          ? { at: 'nonce', nonce: from.value }
          : { at: from?.value ? 'start' : 'now' },
  }));
