import { ZodError } from 'zod';
import { ProtocolError } from '../src/errors';
import { STAGES } from './stages';

type Id = string | number | null;

export type FilterCode = 'BAD_JSON' | 'BAD_REQUEST' | 'UNKNOWN_STAGE' | 'LINE_TOO_LONG' | 'INTERNAL';

function refuse(id: Id, code: string, message: string): string {
  return JSON.stringify({ id, error: { code, message } });
}

export function refuseLongLine(bytesMax: number): string {
  return refuse(
    null,
    'LINE_TOO_LONG' satisfies FilterCode,
    `a line is longer than ${bytesMax} bytes; split the case`,
  );
}

const camelCase = (name: string): string =>
  name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Renames the keys of objects at any depth. Arrays of plain values are passed on untouched, as they are large. */
function renameKeys(value: unknown, rename: (name: string) => string): unknown {
  if (Array.isArray(value)) return isRecord(value[0]) ? value.map((item) => renameKeys(item, rename)) : value;
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [rename(key), renameKeys(item, rename)]),
  );
}

function describe(error: ZodError): string {
  const issues = error.issues.slice(0, 3).map((issue) => {
    const where = issue.path.map((part) =>
      typeof part === 'number' ? `[${part}]` : `.${snakeCase(String(part))}`,
    );
    return `${where.join('').slice(1)}: ${issue.message}`;
  });
  return issues.join('; ');
}

/** The answer line to one request line. Never throws: whatever is wrong with a line is said in its answer. */
export function answerLine(line: string): string {
  let request: unknown;
  try {
    request = JSON.parse(line);
  } catch (error) {
    return refuse(null, 'BAD_JSON' satisfies FilterCode, `the line is not JSON: ${(error as Error).message}`);
  }
  if (!isRecord(request)) {
    return refuse(
      null,
      'BAD_REQUEST' satisfies FilterCode,
      'a request is an object with id, stage, params and input',
    );
  }
  const id = typeof request.id === 'string' || typeof request.id === 'number' ? request.id : null;
  const stage = STAGES.get(String(request.stage));
  if (!stage) {
    const known = [...STAGES.keys()].join(', ');
    return refuse(id, 'UNKNOWN_STAGE' satisfies FilterCode, `stage is one of ${known}`);
  }
  try {
    const { params, input } = request;
    const output = stage.run(renameKeys({ params, input }, camelCase));
    return JSON.stringify({ id, output: renameKeys(output, snakeCase) });
  } catch (error) {
    if (error instanceof ProtocolError) return refuse(id, error.code, error.message);
    if (error instanceof ZodError) return refuse(id, 'BAD_REQUEST' satisfies FilterCode, describe(error));
    return refuse(
      id,
      'INTERNAL' satisfies FilterCode,
      error instanceof Error ? error.message : String(error),
    );
  }
}
