import type { RoleName } from '@allora/sdk/types';
import type { EntryKind } from '../journal/journal';

/** How far one answer has come. */
export type PartState =
  'asking' | 'sending' | 'committed' | 'accepted' | 'refused' | 'failed' | 'missed' | 'nothing' | 'dry_run';

export interface PartStatus {
  readonly state: PartState;
  /** The inference, or how many forecasts or losses. */
  readonly value?: string | undefined;
  /** Of the receipt. */
  readonly hash?: string | undefined;
  /** What went wrong last, in words. */
  readonly error?: string | undefined;
}

/** What the network made of it; null for what is not known (yet). */
export interface WindowResult {
  /** In the network inference, or in the consensus of reputers. */
  readonly active: boolean | null;
  readonly weight: number | null;
  readonly score: number | null;
  readonly emaScore: number | null;
  readonly rewardUallo: string | null;
  /** Of a shadow, which is never active: what it would have had and added, where that can be told. */
  readonly shadow?: { readonly weight: number | null; readonly contribution: number | null } | undefined;
  /** Nothing more will come. */
  readonly final: boolean;
}

export interface WindowStatus {
  readonly nonce: number;
  readonly open: boolean;
  readonly seenAtMs: number;
  readonly parts: Readonly<Partial<Record<EntryKind, PartStatus>>>;
  readonly result: WindowResult | null;
}

export type ParticipantState = 'starting' | 'running' | 'blocked' | 'stopped';

export interface ParticipantStatus {
  readonly role: RoleName;
  readonly topicId: number;
  readonly address: string;
  readonly state: ParticipantState;
  /** Why it is blocked, or what is going wrong. */
  readonly trouble: string | null;
  readonly acceptedWindows: number;
  readonly missedWindows: number;
  readonly earnedUallo: string;
  /** Newest first. */
  readonly windows: readonly WindowStatus[];
}

const WINDOWS_KEPT = 30;
const DONE: ReadonlySet<PartState> = new Set(['accepted', 'nothing', 'dry_run']);

const isServed = (window: WindowStatus): boolean => {
  const parts = Object.values(window.parts);
  return parts.length > 0 && parts.every((part) => DONE.has(part.state));
};

/** What one participant has been doing. */
export class StatusBook {
  private readonly windows = new Map<number, WindowStatus>();
  private state: ParticipantState = 'starting';
  private trouble: string | null = null;
  private accepted = 0;
  private missed = 0;
  private earnedUallo = 0n;

  constructor(private readonly who: Pick<ParticipantStatus, 'role' | 'topicId' | 'address'>) {}

  setState(state: ParticipantState, trouble: string | null = null): void {
    this.state = state;
    this.trouble = trouble;
  }

  opened(nonce: number, atMs: number): void {
    const standing = this.windows.get(nonce) ?? { nonce, seenAtMs: atMs, parts: {}, result: null };
    this.windows.set(nonce, { ...standing, open: true });
    for (const old of [...this.windows.keys()].sort((a, b) => b - a).slice(WINDOWS_KEPT))
      this.windows.delete(old);
  }

  part(nonce: number, kind: EntryKind, part: PartStatus): void {
    const window = this.windows.get(nonce);
    if (window) this.windows.set(nonce, { ...window, parts: { ...window.parts, [kind]: part } });
  }

  closed(nonce: number): void {
    const window = this.windows.get(nonce);
    if (!window?.open) return;
    this.windows.set(nonce, { ...window, open: false });
    if (isServed(window)) this.accepted += 1;
    else this.missed += 1;
  }

  /** A window of an earlier life: it is shown, and not counted. */
  past(nonce: number, atMs: number): void {
    if (!this.windows.has(nonce))
      this.windows.set(nonce, { nonce, open: false, seenAtMs: atMs, parts: {}, result: null });
  }

  /** A window that came and went unseen. */
  unseen(nonce: number, atMs: number, why: string): void {
    const parts = {
      [this.who.role === 'worker' ? 'inference' : 'losses']: { state: 'missed', error: why },
    } as const;
    this.windows.set(nonce, { nonce, open: false, seenAtMs: atMs, parts, result: null });
    this.missed += 1;
  }

  result(nonce: number, result: WindowResult): void {
    const window = this.windows.get(nonce);
    if (!window || window.result?.final) return;
    this.windows.set(nonce, { ...window, result });
    if (result.final) this.earnedUallo += BigInt(result.rewardUallo ?? '0');
  }

  /** Closed windows of which something was accepted and not everything is known, oldest first. */
  unsettled(): number[] {
    return [...this.windows.values()]
      .filter(
        ({ open, result, parts }) =>
          !open && !result?.final && Object.values(parts).some(({ state }) => state === 'accepted'),
      )
      .map(({ nonce }) => nonce)
      .sort((a, b) => a - b);
  }

  /** How many of the latest closed windows in a row went without an answer. */
  get missedInARow(): number {
    const closed = this.newestFirst().filter(({ open }) => !open);
    const served = closed.findIndex(isServed);
    return served < 0 ? closed.length : served;
  }

  status(): ParticipantStatus {
    return {
      ...this.who,
      state: this.state,
      trouble: this.trouble,
      acceptedWindows: this.accepted,
      missedWindows: this.missed,
      earnedUallo: String(this.earnedUallo),
      windows: this.newestFirst(),
    };
  }

  private newestFirst(): WindowStatus[] {
    return [...this.windows.values()].sort((a, b) => b.nonce - a.nonce);
  }
}
