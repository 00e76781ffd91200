import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from './cluster';
import { type LedgerDoor, openLedgerGrpc, openLedgerRest } from './ledger-doors';
import { acceptedAnswer, isDecided, type LedgerParcel } from './ledger-parcel';
import type { Activity } from './play';
import type { SeededRandom } from './random';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 3_000;

/** Sends commands to all replicas by both ways in, and again until somebody says yes or no. */
export class LedgerSender implements Activity {
  readonly parcels = new Map<string, LedgerParcel>();
  inflight = 0;
  private readonly doors: readonly LedgerDoor[];
  private closed = false;

  constructor(
    cluster: Cluster,
    private readonly random: SeededRandom,
  ) {
    this.doors = cluster.replicas('rewards').flatMap((slot) => [openLedgerRest(slot), openLedgerGrpc(slot)]);
  }

  get submitted(): number {
    return this.parcels.size;
  }

  get accepted(): number {
    return [...this.parcels.values()].filter((parcel) => acceptedAnswer(parcel)).length;
  }

  /** With `twin` the first attempt is made through two doors at once. Returns the parcel with all its answers. */
  async send(parcel: LedgerParcel, limits: { readonly untilMs: number; readonly twin?: boolean }) {
    const known = this.parcels.get(parcel.hash) ?? parcel;
    this.parcels.set(known.hash, known);
    this.inflight += 1;
    try {
      for (let pauseMs = FIRST_PAUSE_MS; !this.closed; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
        const times = pauseMs === FIRST_PAUSE_MS && limits.twin ? 2 : 1;
        const decided = await Promise.all(Array.from({ length: times }, () => this.attempt(known)));
        if (decided.some(Boolean) || Date.now() > limits.untilMs) break;
        await sleep(pauseMs * (0.5 + 0.5 * this.random.unit()));
      }
    } finally {
      this.inflight -= 1;
    }
    return known;
  }

  async askAgain(untilMs: number): Promise<void> {
    const open = [...this.parcels.values()].filter(
      ({ attempts }) => !attempts.some(({ answer }) => isDecided(answer)),
    );
    await Promise.all(open.map((parcel) => this.send(parcel, { untilMs })));
  }

  close(): void {
    this.closed = true;
    for (const door of this.doors) door.close();
  }

  private async attempt(parcel: LedgerParcel): Promise<boolean> {
    const door = this.random.pick(this.doors.filter((one) => one.takes(parcel)));
    const sentAtMs = Date.now();
    const answer = await door.submit(parcel);
    parcel.attempts.push({ sentAtMs, answeredAtMs: Date.now(), via: door.via, answer });
    return isDecided(answer);
  }
}
