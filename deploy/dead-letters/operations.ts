export interface ListedLetter {
  readonly service: string;
  readonly topic: string;
  readonly reason: string;
  readonly attempts: number;
  readonly error: string;
  readonly key: string;
  readonly position: { readonly partition: number; readonly offset: number };
  readonly schema: string;
  readonly eventId: string;
  readonly failedAtMs: number;
}

export interface Replay {
  readonly topic: string;
  readonly outcomes: readonly {
    readonly service: string;
    readonly replayed: number;
    readonly failed: number;
  }[];
}

export interface Service {
  readonly url: string;
  readonly token?: string | undefined;
}

/** The service's own refusal, or that it cannot be reached. */
export class OperationError extends Error {}

export async function listDeadLetters(
  service: Service,
  { topic, limit }: { topic?: string | undefined; limit: number },
): Promise<readonly ListedLetter[]> {
  const query = new URLSearchParams({ limit: String(limit), ...(topic === undefined ? {} : { topic }) });
  const { deadLetters } = await ask<{ deadLetters: ListedLetter[] }>(service, 'GET', `?${query.toString()}`);
  return deadLetters;
}

export const replayDeadLetters = (service: Service, topic: string): Promise<Replay> =>
  ask<Replay>(service, 'POST', `/${encodeURIComponent(topic)}/replay`);

async function ask<T>({ url, token }: Service, method: string, rest: string): Promise<T> {
  const target = `${url.replace(/\/+$/, '')}/operations/dead-letters${rest}`;
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const answer = await fetch(target, { method, headers }).catch((error: unknown) => {
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
