import { AnswerError, shown } from '../answers/decimal';

const MAX_CHARS = 1_048_576;

export interface HttpAsk {
  readonly url: string;
  readonly signal: AbortSignal;
  /** Instead of a GET: JSON to post. */
  readonly body?: string;
}

/** The text of an answer with status 200; anything else is an error in words. */
export async function askText({ url, signal, body }: HttpAsk): Promise<string> {
  let response: Response;
  let text: string;
  try {
    const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: body ?? null };
    response = await fetch(url, { signal, ...(body === undefined ? {} : post) });
    text = await response.text();
  } catch (error) {
    if (signal.aborted) throw new AnswerError(`${url} did not answer in time`);
    throw new AnswerError(`no answer from ${url}: ${reasonOf(error)}`);
  }
  if (response.status !== 200)
    throw new AnswerError(`${url} answered HTTP ${response.status}: ${shown(text)}`);
  if (text.length > MAX_CHARS) throw new AnswerError(`the answer of ${url} has ${text.length} characters`);
  return text;
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message || String((cause as { code?: unknown }).code) : String(cause);
}
