import { StreamEventsResponse } from '@allora/contracts/gen/allora/gateway/v1/gateway';
import { NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import { EpochEvent } from '@allora/contracts/gen/allora/topics/v1/topics';
import type { TrustThresholds } from '@allora/protocol/trust/trust';
import { inferenceEvent, phaseEvent, type StreamEvent, windowEvent } from './events';
import { KIND_BITS, type KindName, mainKindOf } from './kinds';
import { cursorText, positionOf } from './stream-cursor';
import type { StreamRow } from './stream.store';

export type Wire = 'sse' | 'grpc';

interface Told {
  readonly kind: KindName;
  readonly position: number;
  readonly cursor: string;
  readonly event: StreamEvent;
}

const newlines = '\n\n';

/** The bytes of an event are made when the first reader needs them, and once for all readers. */
export class ToldFact {
  readonly seq: number;
  readonly topicId: number;
  private readonly main: KindName | undefined;
  private readonly frames = new Map<string, readonly Buffer[]>();
  private events: readonly Told[] | undefined;

  constructor(
    private readonly row: StreamRow,
    private readonly given: { readonly generation: string; readonly thresholds: TrustThresholds },
  ) {
    this.seq = row.seq;
    this.topicId = row.topicId;
    this.main = mainKindOf(row.kind);
  }

  get nonce(): number {
    return this.row.nonce;
  }

  get kind(): string {
    return this.row.kind;
  }

  get producedAtMs(): number {
    return this.row.producedAtMs;
  }

  /** What a reader of these kinds is sent who has read up to `position`. */
  framesFor(wire: Wire, kinds: number, position: number): readonly Buffer[] {
    const phase = (kinds & KIND_BITS.phase) !== 0 && position < positionOf(this.seq, 1);
    const main =
      this.main !== undefined && (kinds & KIND_BITS[this.main]) !== 0 && position < positionOf(this.seq, 0);
    if (!phase && !main) return [];
    const name = `${wire}${main ? 'm' : ''}${phase ? 'p' : ''}`;
    let frames = this.frames.get(name);
    if (!frames) {
      const wanted = this.told().filter(({ kind }) => (kind === 'phase' ? phase : main));
      frames = wire === 'sse' ? [Buffer.from(wanted.map(sseText).join(''))] : wanted.map(grpcMessage);
      this.frames.set(name, frames);
    }
    return frames;
  }

  private told(): readonly Told[] {
    return (this.events ??= [
      ...(this.main === undefined ? [] : [this.tell(this.main, 0)]),
      this.tell('phase', 1),
    ]);
  }

  private tell(kind: KindName, part: 0 | 1): Told {
    const { row } = this;
    const { generation, thresholds } = this.given;
    const position = positionOf(row.seq, part);
    const cursor = cursorText({ generation, position });
    return { kind, position, cursor, event: eventOf(kind, row, thresholds) };
  }
}

function eventOf(kind: KindName, row: StreamRow, thresholds: TrustThresholds): StreamEvent {
  if (kind === 'inference')
    return inferenceEvent(NetworkInference.decode(row.message), row.producedAtMs, thresholds);
  const turn = mainKindOf(row.kind) === 'window' ? EpochEvent.decode(row.message) : undefined;
  return kind === 'window' && turn ? windowEvent(turn, row.kind) : phaseEvent(row, turn);
}

const sseText = ({ kind, cursor, event }: Told): string =>
  `event: ${kind}\nid: ${cursor}\ndata: ${event.json()}${newlines}`;

const grpcMessage = ({ cursor, event }: Told): Buffer =>
  Buffer.from(StreamEventsResponse.encode({ cursor, event: event.message() }).finish());

/** Moves the cursor of readers to whom nothing was told, and keeps proxies from closing a silent stream. */
export function heartbeat(wire: Wire, cursor: string): Buffer {
  if (wire === 'sse') return Buffer.from(`:\nid: ${cursor}${newlines}`);
  return Buffer.from(StreamEventsResponse.encode({ cursor, event: undefined }).finish());
}

/** What a stream begins with: where it stands, so that even a reader of nothing can come again without a gap. */
export const greeting = (wire: Wire, cursor: string, retryMs: number): Buffer =>
  wire === 'sse' ? Buffer.from(`retry: ${retryMs}\nid: ${cursor}${newlines}`) : heartbeat(wire, cursor);
