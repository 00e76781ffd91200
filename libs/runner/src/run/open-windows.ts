import type { Window, Windows } from '@allora/sdk/types';

/** A window that is open for one role, until its signal says otherwise. */
export interface OpenWindow {
  readonly nonce: number;
  readonly stage: Window['stage'];
  /** Aborted when the window, or this stage of it, is over or the runner stops. */
  readonly signal: AbortSignal;
}

export interface WindowWork {
  /** For every new window and stage, oldest nonce first; it may take as long as the window is open. */
  work(window: OpenWindow): Promise<void>;
  /** Once for each nonce, after its work has ended. */
  closed(nonce: number): Promise<void>;
}

interface Held {
  readonly stage: Window['stage'];
  readonly ending: AbortController;
  readonly done: Promise<void>;
}

/** Turns the states of a topic's windows into work that begins and ends with each of them. */
export class OpenWindows {
  private readonly held = new Map<number, Held>();
  private readonly finishing = new Set<Promise<void>>();

  constructor(
    private readonly role: Window['role'],
    private readonly work: WindowWork,
  ) {}

  update({ windows }: Pick<Windows, 'windows'>): void {
    const open = windows.filter(({ role }) => role === this.role).sort((a, b) => a.nonce - b.nonce);
    for (const nonce of [...this.held.keys()]) {
      if (!open.some((window) => window.nonce === nonce)) this.end(nonce);
    }
    for (const window of open) this.begin(window);
  }

  /** Ends all work without taking the windows for closed: they may still be open when the runner comes back. */
  async stop(): Promise<void> {
    const held = [...this.held.values()];
    this.held.clear();
    for (const { ending } of held) ending.abort();
    await Promise.all([...held.map(({ done }) => done), ...this.finishing]);
  }

  /** Resolves when nothing is being worked on. */
  async idle(): Promise<void> {
    await Promise.all([...[...this.held.values()].map(({ done }) => done), ...this.finishing]);
  }

  private begin({ nonce, stage }: Window): void {
    const before = this.held.get(nonce);
    if (before?.stage === stage) return;
    before?.ending.abort();
    const ending = new AbortController();
    const work = (before?.done ?? Promise.resolve()).then(() =>
      this.work.work({ nonce, stage, signal: ending.signal }),
    );
    this.held.set(nonce, { stage, ending, done: work });
  }

  private end(nonce: number): void {
    const { ending, done } = this.held.get(nonce)!;
    this.held.delete(nonce);
    ending.abort();
    const finish = done.then(() => this.work.closed(nonce)).finally(() => this.finishing.delete(finish));
    this.finishing.add(finish);
  }
}
