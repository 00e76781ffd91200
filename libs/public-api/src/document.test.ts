import { errorRules } from '@allora/contracts/errors';
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { allRoutes } from './all-routes';
import { openApiDocument, refusalCodes } from './document';
import { route } from './route';

const document = openApiDocument({ routes: allRoutes, version: '1.0.0' });
const operations = Object.entries(document.paths ?? {}).flatMap(([path, methods]) =>
  Object.entries(methods as Record<string, Operation>).map(([method, operation]) => ({
    path,
    method,
    operation,
  })),
);

interface Operation {
  readonly operationId: string;
  readonly responses: Record<string, { readonly content?: Record<string, unknown> }>;
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
  }[];
}

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1', async () => {
    const { valid, errors } = await new Validator().validate(JSON.parse(JSON.stringify(document)));
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
  });

  it('has every route once, under a name of its own', () => {
    expect(operations).toHaveLength(allRoutes.length);
    expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(allRoutes.length);
  });

  it('names each parameter of a path, as needed', () => {
    for (const { path, operation } of operations) {
      const named = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
      expect(named.map(({ name }) => `{${name}}`).sort(), path).toEqual(path.match(/\{\w+\}/g)?.sort() ?? []);
      expect(named.every(({ required }) => required)).toBe(true);
    }
  });

  it('has an answer for every refusal that a route may meet', () => {
    for (const shape of allRoutes) {
      const { responses } = operations.find(({ operation }) => operation.operationId === shape.id)!.operation;
      for (const code of refusalCodes(shape))
        expect(responses, code).toHaveProperty(String(errorRules[code].status));
    }
  });

  it('leaves answers open to new fields, and requests closed', () => {
    const body = z.strictObject({ a: z.int() });
    const answer = z.object({ b: z.int() });
    const shape = route({
      id: 'probe',
      method: 'POST',
      path: '/probe',
      summary: 'A probe',
      tags: ['network'],
      body,
      answers: { 200: answer },
      refusals: [],
    });
    const { paths } = openApiDocument({ routes: [shape], version: '1' });
    const probe = JSON.parse(JSON.stringify(paths?.['/probe'])).post;
    expect(probe.requestBody.content['application/json'].schema.additionalProperties).toBe(false);
    expect(probe.responses[200].content['application/json'].schema).not.toHaveProperty(
      'additionalProperties',
    );
  });

  it('refuses a route that is declared twice', () => {
    expect(() => openApiDocument({ routes: [allRoutes[0]!, allRoutes[0]!], version: '1' })).toThrow(/twice/);
  });
});
