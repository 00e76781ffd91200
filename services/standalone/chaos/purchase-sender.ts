import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from './cluster';
import type { Activity } from './play';
import { openPurchaseGrpc, openPurchaseRest, type PurchaseDoor } from './purchase-doors';
import { endOf, isFinal, type PurchaseParcel } from './purchase-parcel';
import type { SeededRandom } from './random';

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 4_000;
const SIDE_BY_SIDE = 32;
const ROUND_MS = 1_000;

/** Sends purchases to both gateways by both ways in, several times at once, and again until each has ended. */
export class PurchaseSender implements Activity {
  readonly parcels: PurchaseParcel[] = [];
  inflight = 0;
  private readonly rest: readonly PurchaseDoor[];
  private readonly doors: readonly PurchaseDoor[];
  private closed = false;

  constructor(
    cluster: Cluster,
    private readonly random: SeededRandom,
  ) {
    const gateways = cluster.replicas('gateway');
    this.rest = gateways.map(openPurchaseRest);
    this.doors = [...this.rest, ...gateways.map(openPurchaseGrpc)];
  }

  get submitted(): number {
    return this.parcels.length;
  }

  get accepted(): number {
    return this.parcels.filter((parcel) => endOf(parcel)).length;
  }

  get open(): PurchaseParcel[] {
    return this.parcels.filter(({ answers }) => !answers.some(isFinal));
  }

  async send(parcel: PurchaseParcel, untilMs: number): Promise<void> {
    if (parcel.answers.length === 0) this.parcels.push(parcel);
    this.inflight += 1;
    try {
      let times = parcel.answers.length === 0 ? parcel.times : 1;
      for (let pauseMs = FIRST_PAUSE_MS; !this.closed; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
        const final = await Promise.all(Array.from({ length: times }, () => this.attempt(parcel)));
        if (final.some(Boolean) || Date.now() > untilMs) return;
        times = 1;
        await sleep(pauseMs * (0.5 + 0.5 * this.random.unit()));
      }
    } finally {
      this.inflight -= 1;
    }
  }

  /** Each as often at once as it is to be sent, and not again whatever is answered. */
  sendOnce(parcels: readonly PurchaseParcel[]): Promise<void> {
    return sideBySide(parcels, (parcel) => this.send(parcel, 0));
  }

  /** Round after round, some at a time, until each has ended. */
  async askAgain(untilMs: number): Promise<void> {
    for (let open = this.open; open.length > 0 && !this.closed && Date.now() < untilMs; open = this.open) {
      await sideBySide(open, async (parcel) => void (await this.attempt(parcel)));
      await sleep(ROUND_MS);
    }
  }

  /** Each once more at every gateway, long after its end. */
  async repeatAll(): Promise<void> {
    const queue = this.parcels.flatMap((parcel) => this.rest.map((door) => ({ parcel, door })));
    await sideBySide(queue, async ({ parcel, door }) => void parcel.answers.push(await door.submit(parcel)));
  }

  close(): void {
    this.closed = true;
    for (const door of this.doors) door.close();
  }

  private async attempt(parcel: PurchaseParcel): Promise<boolean> {
    const answer = await this.random.pick(this.doors).submit(parcel);
    parcel.answers.push(answer);
    return isFinal(answer);
  }
}

async function sideBySide<T>(items: readonly T[], deed: (item: T) => Promise<void>): Promise<void> {
  const work = items.values();
  const one = async (): Promise<void> => {
    for (const item of work) await deed(item);
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, one));
}
