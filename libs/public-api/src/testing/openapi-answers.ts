import { errorRules, type ErrorCode } from '@allora/contracts/errors';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import type { Answer, Operation, Parameter } from './openapi-requests';

type Json = Readonly<Record<string, unknown>>;

export interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Json>>>>;
  readonly components?: Json;
}

/** The operations of a document, with what they inherit spelt out. */
export const operationsOf = ({ paths, components }: Document): Operation[] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => {
      const body = operation.requestBody as
        { readonly content: Record<string, { readonly schema: Json }> } | undefined;
      return {
        operationId: String(operation.operationId),
        method: method.toUpperCase(),
        path,
        parameters: (operation.parameters ?? []) as Parameter[],
        body: body && { ...body.content['application/json']?.schema, components },
        responses: operation.responses as Record<string, Answer>,
      };
    }),
  );

/**
 * Answers are documented open, so that later fields trip up nobody. Here a field that is not documented is a fault: every form
 * that names its members is closed.
 */
export function closed(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(closed);
  if (typeof node !== 'object' || node === null) return node;
  const entries = Object.entries(node).map(([name, member]) => [name, closed(member)]);
  const copy = Object.fromEntries(entries) as Record<string, unknown>;
  if (copy.type === 'object' && copy.properties !== undefined) copy.additionalProperties ??= false;
  return copy;
}

/** Holds answers against the document. */
export class AnswerCheck {
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true });
  private readonly validators = new Map<object, ValidateFunction>();

  constructor(document: Document) {
    addFormats.default(this.ajv);
    this.ajv.addSchema({ $id: 'document', ...(closed({ components: document.components }) as Json) });
  }

  /** Of a JSON schema of the document, its references and all. */
  validator(schema: Json): ValidateFunction {
    const known = this.validators.get(schema);
    if (known) return known;
    const text = JSON.stringify(closed(schema)).replaceAll('"#/', '"document#/');
    const made = this.ajv.compile(JSON.parse(text) as Json);
    this.validators.set(schema, made);
    return made;
  }

  /** Whether a text would pass as the parameter, once read as what its schema asks for. */
  takes({ schema }: Parameter, text: string): boolean {
    const types = [schema.type].flat();
    const isNumber = (types.includes('integer') || types.includes('number')) && /^(0|[1-9]\d*)$/.test(text);
    return this.validator(schema)(isNumber ? Number(text) : text) as boolean;
  }

  /** What of an answer is not as documented; undefined when all is. */
  async fault({ responses }: Operation, answer: Response): Promise<string | undefined> {
    const { status } = answer;
    const documented = responses[String(status)];
    const text = await answer.text();
    const missing = Object.entries(documented?.headers ?? {}).find(
      ([name, { required }]) => required && !answer.headers.has(name),
    );
    if (missing) return `${status} without ${missing[0]}`;
    if (!documented) return `${status} is not documented: ${text.slice(0, 500)}`;
    if (status === 304 || status === 204) return text === '' ? undefined : `${status} with a body`;
    const type = (answer.headers.get('content-type') ?? '').split(';')[0] ?? '';
    const content = documented.content?.[type];
    if (!content) return `${status} comes as ${type}`;
    const body: unknown = JSON.parse(text);
    const validate = this.validator(content.schema);
    if (!validate(body)) return `${status}: ${this.ajv.errorsText(validate.errors)} in ${text.slice(0, 500)}`;
    return status < 400 ? undefined : wrongCode(status, body);
  }
}

/** The code of a refusal is one of the closed list, and of that status. */
function wrongCode(status: number, body: unknown): string | undefined {
  const { code } = body as { readonly code: string };
  if (!(code in errorRules)) return `${code} is no code`;
  const rule = errorRules[code as ErrorCode];
  return rule.status === status ? undefined : `${code} with ${status}`;
}
