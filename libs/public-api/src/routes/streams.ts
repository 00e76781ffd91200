import { topicIdText } from '@allora/service-kit/form';
import { z } from 'zod';
import { commaList, nonceText } from '../forms';
import { route } from '../route';
import { inferenceEvent, KIND_NAMES, phaseEvent, windowEvent } from '../schemas/stream';

/** More are asked for as `all`. */
export const MAX_STREAM_TOPICS = 100;

const topicIds = commaList(topicIdText, {
  most: MAX_STREAM_TOPICS,
  pattern: '^[1-9][0-9]{0,14}(,[1-9][0-9]{0,14}){0,99}$',
  description: 'Topic ids, separated by commas.',
  example: '1,2',
});

export const streamCursor = z
  .string()
  .regex(/^[0-9a-f]{12}-(0|[1-9a-z][0-9a-z]{0,9})$/, 'expected a cursor, as a stream told it')
  .meta({ description: 'The id of the last event that was taken: the stream goes on behind it.' });

export const streamQuery = z
  .strictObject({
    topics: z
      .union([z.literal('all').transform(() => undefined), topicIds])
      .meta({ description: '`all`, the default, or ids of topics.', example: '1,2' })
      .optional(),
    kinds: commaList(z.enum(KIND_NAMES), {
      most: KIND_NAMES.length,
      pattern: `^(${KIND_NAMES.join('|')})(,(${KIND_NAMES.join('|')})){0,2}$`,
      description: 'Kinds of events, separated by commas; all unless given.',
      example: 'inference,window',
    }).optional(),
    cursor: streamCursor.optional(),
    since: nonceText
      .meta({ description: 'Begin with the first telling of an epoch of this nonce or a later one.' })
      .optional(),
    from: z.literal('start').meta({ description: 'Begin with the first telling that is kept.' }).optional(),
  })
  .refine(({ cursor, since, from }) => [cursor, since, from].filter((x) => x !== undefined).length <= 1, {
    message: 'expected one of cursor, since and from, or none',
  });

export const streamEvents = route({
  id: 'streamEvents',
  method: 'GET',
  path: '/v1/stream',
  summary: 'Network inferences, phases of epochs and windows as they become known',
  description:
    'Server-sent events, all topics in one order. The `id` of each is a cursor: opened again with it, as `cursor` or as ' +
    'Last-Event-ID (which counts more), the stream goes on behind that event without gap or repeat, at any replica. Comments ' +
    'with an id come in silence; they move the cursor. A reader that does not take what it is sent is cut off and comes again. ' +
    'Without cursor, `since` and `from` the stream begins now.',
  tags: ['streams'],
  query: streamQuery,
  headers: z.object({ 'last-event-id': streamCursor.optional() }),
  answers: {
    200: {
      contentType: 'text/event-stream',
      description: 'Events `inference`, `phase` and `window`; the data of each is JSON of this form.',
      schema: z.union([inferenceEvent, phaseEvent, windowEvent]),
    },
  },
  refusals: ['UNKNOWN_TOPIC', 'CURSOR_EXPIRED'],
  scope: 'stream',
});

export const streamRoutes = [streamEvents];
