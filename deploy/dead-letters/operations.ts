import { operate, type Service } from '../operations-client';

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

export async function listDeadLetters(
  service: Service,
  { topic, limit }: { topic?: string | undefined; limit: number },
): Promise<readonly ListedLetter[]> {
  const query = new URLSearchParams({ limit: String(limit), ...(topic === undefined ? {} : { topic }) });
  const path = `dead-letters?${query.toString()}`;
  const { deadLetters } = await operate<{ deadLetters: ListedLetter[] }>(service, { path });
  return deadLetters;
}

export const replayDeadLetters = (service: Service, topic: string): Promise<Replay> =>
  operate<Replay>(service, { path: `dead-letters/${encodeURIComponent(topic)}/replay`, method: 'POST' });
