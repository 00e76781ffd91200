import type {
  SubmitStreamRequest,
  SubmitStreamResponse,
} from '@allora/contracts/gen/allora/ingest/v1/ingest';
import { openGrpcChannel } from '@allora/service-kit/grpc-client';
import type { GrpcDuplex } from '@allora/service-kit/grpc-client-stream';
import type { ServiceSlot } from './cluster';
import { ATTEMPT_MS, ingestDefinitions, type Door } from './doors';
import type { Answer, LogKind } from './history';

interface OpenStream {
  readonly raw: GrpcDuplex<SubmitStreamRequest, SubmitStreamResponse>;
  readonly waiting: Map<number, (answer: Answer) => void>;
  sequence: number;
}

/** One long stream for everything; when it breaks, all that waited is without an answer, and the next one opens another. */
export function openStreamDoor(log: LogKind, slot: ServiceSlot): Door {
  const channel = openGrpcChannel(ingestDefinitions[log], () => slot.grpcAddress);
  let current: OpenStream | undefined;

  const open = (): OpenStream => {
    const made: OpenStream = { raw: channel.client.submitStream(), waiting: new Map(), sequence: 0 };
    void listen(made).then((reason) => {
      if (current === made) current = undefined;
      for (const resolve of made.waiting.values()) resolve({ kind: 'lost', reason });
    });
    return made;
  };
  return {
    via: 'stream',
    replica: slot.name,
    submit: ({ signed }) =>
      new Promise((resolve) => {
        const stream = (current ??= open());
        const sequence = stream.sequence++;
        const answer = (given: Answer): void => {
          clearTimeout(timer);
          stream.waiting.delete(sequence);
          resolve(given);
        };
        const timer = setTimeout(() => answer({ kind: 'lost', reason: 'no outcome came' }), ATTEMPT_MS);
        stream.waiting.set(sequence, answer);
        stream.raw.write({ sequence, signed });
      }),
    close: () => {
      current?.raw.cancel();
      channel.close();
    },
  };
}

/** Until the stream ends; returns why it did. */
async function listen({ raw, waiting }: OpenStream): Promise<string> {
  try {
    for await (const { outcomes } of raw)
      for (const { sequence, result } of outcomes)
        if (result?.$case === 'receipt') waiting.get(sequence)?.({ kind: 'receipt', receipt: result.value });
        else if (result) {
          const { code, detail } = result.value;
          waiting.get(sequence)?.({ kind: 'refused', code, detail });
        }
    return 'the stream has ended';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
