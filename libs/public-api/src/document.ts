import { type ErrorCode, errorRules } from '@allora/contracts/errors';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiResponseObject } from 'zod-openapi';
import { z } from 'zod';
import { isOtherAnswer, type OtherAnswer, type RouteShape, TAGS } from './route';
import { problem, refusalEnvelope } from './schemas/common';

interface DocumentOptions {
  readonly routes: readonly RouteShape[];
  /** Of the API. */
  readonly version: string;
  /** Where it is served; the document's own place unless told. */
  readonly serverUrl?: string;
}

const text = { type: 'string' } as const;
const integer = { type: 'integer' } as const;

const everyAnswer = {
  'x-request-id': {
    required: true,
    description: 'Id of the request: the caller’s own, if it sent one.',
    schema: text,
  },
};
const countedAnswer = {
  ...everyAnswer,
  'ratelimit-policy': {
    description: 'The limits that count here: `"name";q=quota;w=seconds`.',
    schema: text,
  },
  ratelimit: { description: 'How the caller stands: `"name";r=remaining;t=seconds`.', schema: text },
};
const conditionalAnswer = {
  ...countedAnswer,
  etag: { required: true, description: 'Send it back as If-None-Match.', schema: text },
  'cache-control': { required: true, description: 'How long the answer may be kept.', schema: text },
};
const retryAfter = {
  'retry-after': { required: true, description: 'Seconds after which to try again.', schema: integer },
};

/** Documents of answers stay open: a later version may add fields, and readers must not trip over them. */
const openAnswers = ({ jsonSchema, io }: { jsonSchema: { additionalProperties?: unknown }; io: string }) => {
  if (io === 'output' && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
};

/** The OpenAPI 3.1 document of these routes. */
export function openApiDocument({ routes, version, serverUrl = '/' }: DocumentOptions) {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const route of routes) {
    const path = (paths[route.path] ??= {});
    const method = route.method.toLowerCase();
    if (path[method]) throw new Error(`${route.method} ${route.path} is declared twice`);
    path[method] = operationOf(route);
  }
  return createDocument(
    {
      openapi: '3.1.0',
      info: {
        title: 'Allora Network Services',
        version,
        description: DESCRIPTION,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: serverUrl }],
      tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
      paths,
      components: {
        securitySchemes: {
          apiKey: {
            type: 'apiKey',
            in: 'header',
            name: 'x-api-key',
            description: 'Without a key the low limit per address counts.',
          },
        },
      },
    },
    { override: openAnswers },
  );
}

const DESCRIPTION = [
  'Inferences of a network that improves itself, for those who use, make and check them.',
  'JSON in camelCase; amounts and submitted values are decimal text, other numbers doubles. Unknown values are `null`.',
  'A refusal is `application/problem+json` with a stable `code`.',
  'New fields may be added to answers at any time; nothing is renamed or dropped within `/v1`.',
].join('\n\n');

function operationOf(route: RouteShape): ZodOpenApiOperationObject {
  const { id, summary, description, tags, params, query, headers, body } = route;
  return {
    operationId: id,
    summary,
    ...(description === undefined ? {} : { description }),
    tags: [...tags],
    security: securityOf(route),
    requestParams: {
      ...(params && { path: params }),
      ...(query && { query }),
      header: headersOf(route, headers),
    },
    ...(body && { requestBody: { required: true, content: { 'application/json': { schema: body } } } }),
    responses: responsesOf(route),
  };
}

/** A key may always be sent, and is seldom needed. */
function securityOf({ scope, keyNeeded }: RouteShape): Record<string, string[]>[] {
  const key = { apiKey: scope === undefined ? [] : [scope] };
  return keyNeeded ? [key] : [{}, key];
}

const conditionalHeaders = z.object({
  'if-none-match': z
    .string()
    .meta({ description: 'ETags of answers that the caller has; 304 when one still stands.' })
    .optional(),
});

function headersOf({ conditional }: RouteShape, own: z.ZodObject | undefined): z.ZodObject {
  const all = z.object({ ...(conditional ? conditionalHeaders.shape : {}), ...own?.shape });
  return all;
}

function responsesOf(route: RouteShape): ZodOpenApiOperationObject['responses'] {
  const headers = route.conditional ? conditionalAnswer : countedAnswer;
  const answers = Object.entries(route.answers).map(([status, answer]) => [
    status,
    answerOf(answer, headers),
  ]);
  if (route.conditional)
    answers.push(['304', { description: 'What the caller has still stands.', headers: conditionalAnswer }]);
  return Object.fromEntries([...answers, ...refusalsOf(route)]) as ZodOpenApiOperationObject['responses'];
}

function answerOf(answer: z.ZodType | OtherAnswer, headers: typeof countedAnswer): ZodOpenApiResponseObject {
  const shape = { headers };
  if (isOtherAnswer(answer)) {
    const { contentType, description, schema } = answer;
    return { ...shape, description, content: { [contentType]: { schema } } };
  }
  return { ...shape, description: 'The answer.', content: { 'application/json': { schema: answer } } };
}

/** Refusals that any route may meet. */
export function refusalCodes({ refusals, params, query, body, headers, scope }: RouteShape): ErrorCode[] {
  const takesInput = params ?? query ?? body ?? headers;
  const common: ErrorCode[] = [
    ...(takesInput ? (['MALFORMED'] as const) : []),
    ...(params ? (['NOT_FOUND'] as const) : []),
    ...(body ? (['TOO_LARGE'] as const) : []),
    'UNKNOWN_API_KEY',
    ...(scope === undefined ? [] : (['SCOPE_MISSING'] as const)),
    'RATE_LIMITED',
    'INTERNAL',
    'UNAVAILABLE',
  ];
  return [...new Set([...refusals, ...common])];
}

function refusalsOf(route: RouteShape): [string, ZodOpenApiResponseObject][] {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of refusalCodes(route)) {
    const { status } = errorRules[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return [...byStatus]
    .sort(([a], [b]) => a - b)
    .map(([status, codes]) => [String(status), refusalOf(route, status, codes)]);
}

function refusalOf(
  { refusalForm }: RouteShape,
  status: number,
  codes: readonly ErrorCode[],
): ZodOpenApiResponseObject {
  const form = refusalForm === 'envelope' ? envelopeForm : problemForm;
  const examples = Object.fromEntries(codes.map((code) => [code, { value: form.example(code) }]));
  return {
    description: codes.map((code) => `${code}: ${errorRules[code].title}.`).join(' '),
    headers: { ...everyAnswer, ...(status === 429 || status === 503 ? retryAfter : {}) },
    content: { [form.contentType]: { schema: form.schema, examples } },
  };
}

const SOME_REQUEST = 'c0ffee00-1234-4321-8765-0123456789ab';

const problemForm = {
  contentType: 'application/problem+json',
  schema: problem,
  example(code: ErrorCode) {
    const { status, title, remedy } = errorRules[code];
    const type = `urn:allora:problem:${code}`;
    return { type, title, status, code, detail: title, instance: SOME_REQUEST, remedy };
  },
};

const envelopeForm = {
  contentType: 'application/json',
  schema: refusalEnvelope,
  example: (code: ErrorCode) => ({
    request_id: SOME_REQUEST,
    status: false,
    apiResponseMessage: errorRules[code].title,
    code,
    data: null,
  }),
};
