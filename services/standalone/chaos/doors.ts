import { setTimeout as sleep } from 'node:timers/promises';
import { RefusalError } from '@allora/contracts/errors';
import {
  ForecastIngestService,
  InferenceIngestService,
  LossIngestService,
} from '@allora/contracts/gen/allora/ingest/v1/ingest';
import { openGrpcChannel } from '@allora/service-kit/grpc-client';
import { toReceipt } from '@allora/sdk/decode';
import type { ServiceSlot } from './cluster';
import type { Answer, Attempt, LogKind, Via } from './history';
import type { Parcel } from './signed';

/** One way into one replica. It always answers: an answer that did not come is one of its answers. */
export interface Door {
  readonly via: Via;
  readonly replica: string;
  submit(parcel: Parcel): Promise<Answer>;
  close(): void;
}

export const ATTEMPT_MS = 4_000;
const BULK_WAIT_MS = 60;

const paths = { inference: 'inferences', forecast: 'forecasts', loss: 'losses' } as const;

type Definition = typeof InferenceIngestService;

/** They differ in the names of their messages alone. */
export const ingestDefinitions: Readonly<Record<LogKind, Definition>> = {
  inference: InferenceIngestService,
  forecast: ForecastIngestService as unknown as Definition,
  loss: LossIngestService as unknown as Definition,
};

const lost = (error: unknown): Answer => {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return { kind: 'lost', reason: cause instanceof Error ? cause.message || cause.name : String(cause) };
};

async function post(url: string, body: unknown): Promise<{ status: number; json: unknown }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(ATTEMPT_MS),
  });
  return { status: response.status, json: JSON.parse(await response.text()) as unknown };
}

function toAnswer(status: number, json: unknown): Answer {
  if (status >= 200 && status < 300) return { kind: 'receipt', receipt: toReceipt(json) };
  const { code = `HTTP_${status}`, detail = '' } = Object(json) as { code?: string; detail?: string };
  return { kind: 'refused', code, detail };
}

export function openRestDoor(log: LogKind, slot: ServiceSlot): Door {
  return {
    via: 'rest',
    replica: slot.name,
    submit: async ({ submission, json }) => {
      try {
        const url = `${slot.httpUrl}/v1/topics/${submission.topicId}/${paths[log]}`;
        const answer = await post(url, json);
        return toAnswer(answer.status, answer.json);
      } catch (error) {
        return lost(error);
      }
    },
    close: () => undefined,
  };
}

interface Waiting {
  readonly parcel: Parcel;
  readonly resolve: (answer: Answer) => void;
}

interface BulkResult {
  readonly status: number;
  readonly receipt?: unknown;
  readonly problem?: unknown;
}

/** Collects for a moment what goes to one topic, and sends it in one request. */
export function openBulkDoor(log: LogKind, slot: ServiceSlot): Door {
  const waiting = new Map<number, Waiting[]>();
  const send = async (topicId: number): Promise<void> => {
    await sleep(BULK_WAIT_MS);
    const batch = waiting.get(topicId) ?? [];
    waiting.delete(topicId);
    try {
      const url = `${slot.httpUrl}/v1/topics/${topicId}/${paths[log]}/bulk`;
      const answer = await post(url, { items: batch.map(({ parcel }) => parcel.json) });
      const { results } = Object(answer.json) as { results?: readonly BulkResult[] };
      batch.forEach(({ resolve }, n) => {
        const result = results?.[n];
        if (result) resolve(toAnswer(result.status, result.receipt ?? result.problem));
        else resolve(toAnswer(answer.status === 200 ? 500 : answer.status, answer.json));
      });
    } catch (error) {
      for (const { resolve } of batch) resolve(lost(error));
    }
  };
  return {
    via: 'bulk',
    replica: slot.name,
    submit: (parcel) =>
      new Promise((resolve) => {
        const { topicId } = parcel.submission;
        const batch = waiting.get(topicId);
        if (batch) return void batch.push({ parcel, resolve });
        waiting.set(topicId, [{ parcel, resolve }]);
        void send(topicId);
      }),
    close: () => undefined,
  };
}

export function openGrpcDoor(log: LogKind, slot: ServiceSlot): Door {
  const channel = openGrpcChannel(ingestDefinitions[log], () => slot.grpcAddress);
  return {
    via: 'grpc',
    replica: slot.name,
    submit: async ({ signed }) => {
      try {
        const { receipt } = await channel.client.submit({ signed }, { deadlineMs: ATTEMPT_MS, retry: false });
        return receipt ? { kind: 'receipt', receipt } : { kind: 'lost', reason: 'an answer without receipt' };
      } catch (error) {
        // A status of the client's own making says that no answer came.
        if (!(error instanceof RefusalError) || 'grpcStatus' in error.facts) return lost(error);
        return { kind: 'refused', code: error.code, detail: error.message };
      }
    },
    close: () => channel.close(),
  };
}

export async function attempt(door: Door, parcel: Parcel): Promise<Attempt> {
  const sentAtMs = Date.now();
  const answer = await door.submit(parcel);
  const made = { sentAtMs, answeredAtMs: Date.now(), via: door.via, replica: door.replica, answer };
  parcel.submission.attempts.push(made);
  return made;
}
