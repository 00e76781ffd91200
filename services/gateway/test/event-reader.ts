import { get, type IncomingMessage } from 'node:http';
import { z } from 'zod';
import { expect, vi } from 'vitest';

const eventBody = z.looseObject({ topicId: z.number(), nonce: z.number() });

export interface SeenEvent {
  readonly kind: string;
  readonly cursor: string;
  readonly body: z.output<typeof eventBody>;
}

/** A plain reader of `GET /v1/stream`, on a connection of its own, which keeps all that it was sent. */
export async function openReader(httpUrl: string, query: string, headers: Record<string, string> = {}) {
  const request = get(`${httpUrl}/v1/stream?${query}`, { headers, agent: false });
  const response = await new Promise<IncomingMessage>((resolve, reject) =>
    request.on('response', resolve).on('error', reject),
  );
  const { statusCode: status = 0 } = response;
  const events: SeenEvent[] = [];
  const cursors: string[] = [];
  const take = (message: string) => {
    const fields = new Map(message.split('\n').map((line) => line.split(/: ?(.*)/, 2) as [string, string]));
    const cursor = fields.get('id');
    if (cursor !== undefined) cursors.push(cursor);
    const data = fields.get('data');
    if (data === undefined || cursor === undefined) return;
    events.push({ kind: fields.get('event') ?? '', cursor, body: eventBody.parse(JSON.parse(data)) });
  };
  const read = async () => {
    let text = '';
    for await (const chunk of response.setEncoding('utf8') as AsyncIterable<string>) {
      const messages = (text + chunk).split('\n\n');
      text = messages.pop()!;
      messages.forEach(take);
    }
  };
  const ended =
    status === 200
      ? read().then(
          () => 'ended',
          () => 'broken',
        )
      : Promise.resolve('refused');
  // A stream begins with where it stands.
  if (status === 200)
    await vi.waitFor(() => expect(cursors).not.toHaveLength(0), { timeout: 20_000, interval: 5 });
  return {
    status,
    headers: response.headers,
    events,
    /** As they came, those of heartbeats included. */
    cursors,
    ended,
    leave: () => request.destroy(),
    until: (count: number) =>
      vi.waitFor(
        () => {
          if (events.length < count) throw new Error(`${events.length} of ${count} events came`);
        },
        { timeout: 20_000, interval: 10 },
      ),
  };
}

export const named = ({ kind, body }: SeenEvent): string =>
  [kind, body.topicId, body.nonce, body.phase ?? body.state ?? body.combined].join(' ');
