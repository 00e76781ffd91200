export interface Service {
  readonly url: string;
  readonly token?: string | undefined;
}

/** The service's own refusal, or that it cannot be reached. */
export class OperationError extends Error {}

/** Asks what is for operators of a service; `path` stands below `/operations`. */
export async function operate<T>(
  { url, token }: Service,
  { path, ...request }: { readonly path: string; readonly method?: string; readonly body?: object },
): Promise<T> {
  const { body, method = body === undefined ? 'GET' : 'POST' } = request;
  const headers: Record<string, string> = {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  const sent = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const target = `${url.replace(/\/+$/, '')}/operations/${path}`;
  const answer = await fetch(target, sent).catch((error: unknown) => {
    const { message, cause } = error as Error;
    throw new OperationError(`${url} cannot be reached: ${cause instanceof Error ? cause.message : message}`);
  });
  const text = await answer.text();
  if (answer.ok) return JSON.parse(text) as T;
  throw new OperationError(refusalText(answer.status, text));
}

function refusalText(status: number, text: string): string {
  try {
    const { code, detail, remedy } = JSON.parse(text) as Record<string, string>;
    return `${code ?? status}: ${detail ?? ''}\n${remedy ?? ''}`.trim();
  } catch {
    return `HTTP ${status}: ${text.slice(0, 500)}`;
  }
}
