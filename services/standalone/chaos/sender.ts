import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from './cluster';
import { attempt, openBulkDoor, openGrpcDoor, openRestDoor, type Door } from './doors';
import { History, isDefinite, type LogKind, receiptOf, type Submission, vias } from './history';
import type { Activity } from './play';
import { openStreamDoor } from './stream-door';
import type { SeededRandom } from './random';
import type { Parcel } from './signed';

export const serviceOfLog = {
  inference: 'inference-ingest',
  forecast: 'forecast-ingest',
  loss: 'reputation',
} as const satisfies Record<LogKind, string>;

const openers = {
  rest: openRestDoor,
  bulk: openBulkDoor,
  grpc: openGrpcDoor,
  stream: openStreamDoor,
} as const;

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 3_000;

/** Sends parcels through every door there is, and again until somebody says yes or no. */
export class Sender implements Activity {
  private readonly doors: Readonly<Record<LogKind, readonly Door[]>>;
  private readonly parcels = new Map<string, Parcel>();
  private closed = false;
  inflight = 0;

  constructor(
    cluster: Cluster,
    readonly history: History,
    private readonly random: SeededRandom,
  ) {
    const doorsOf = (log: LogKind): Door[] =>
      cluster.replicas(serviceOfLog[log]).flatMap((slot) => vias.map((via) => openers[via](log, slot)));
    this.doors = { inference: doorsOf('inference'), forecast: doorsOf('forecast'), loss: doorsOf('loss') };
  }

  /** Until an answer is definite or the time is over. With `twin` the first attempt is made through two doors at once. */
  async send(parcel: Parcel, limits: { readonly untilMs: number; readonly twin?: boolean }): Promise<void> {
    const submission = this.history.add(parcel.submission);
    const again = { ...parcel, submission };
    this.parcels.set(submission.hash, again);
    this.inflight += 1;
    try {
      for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
        if (this.closed) return;
        const first = pauseMs === FIRST_PAUSE_MS && limits.twin ? 2 : 1;
        const doors = Array.from({ length: first }, () => this.pickDoor(submission.log));
        const attempts = await Promise.all(doors.map((door) => attempt(door, again)));
        if (attempts.some(({ answer }) => isDefinite(answer)) || Date.now() > limits.untilMs) return;
        await sleep(pauseMs * (0.5 + 0.5 * this.random.unit()));
      }
    } finally {
      this.inflight -= 1;
    }
  }

  get submitted(): number {
    return this.history.submissions.length;
  }

  get accepted(): number {
    return this.history.submissions.filter((one) => receiptOf(one)).length;
  }

  async askAgain(untilMs: number): Promise<void> {
    const open = this.history.submissions.filter(
      ({ attempts }) => attempts.length > 0 && !attempts.some(({ answer }) => isDefinite(answer)),
    );
    await Promise.all(open.map((one) => this.repeat(one, untilMs)));
  }

  /** The same bytes once more. */
  async repeat({ hash }: Submission, untilMs: number): Promise<void> {
    const parcel = this.parcels.get(hash);
    if (parcel) await this.send(parcel, { untilMs });
  }

  close(): void {
    this.closed = true;
    for (const door of Object.values(this.doors).flat()) door.close();
  }

  private pickDoor(log: LogKind): Door {
    const via = this.random.pick(vias);
    return this.random.pick(this.doors[log].filter((door) => door.via === via));
  }
}
