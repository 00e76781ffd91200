import { regretParams } from '@allora/protocol/epoch/stage-params';
import {
  emptyRegretBook,
  mergeRegretTable,
  type RegretBook,
  regretTable,
} from '@allora/protocol/regret/regret-book';
import { updateRegrets } from '@allora/protocol/regret/regrets';
import type { RegretTable } from '@allora/protocol/regret/regret-table';
import type { EpochScored, Role } from '../history/recorded';

/**
 * What the synthesis of a topic learns from settled epochs. An epoch is synthesised from what was settled before its window closed and
 * from nothing later, so that epochs wait here until they are asked for.
 */
export class Learning {
  private readonly settled: EpochScored[] = [];
  private readonly done = { scores: 0, losses: 0, payments: 0 };
  private book: RegretBook = emptyRegretBook();
  private readonly inclusions = { inferer: new Map<string, number>(), forecaster: new Map<string, number>() };
  private regretOfNewcomers = 0;
  private latestLoss: number | null = null;
  readonly infererEma = new Map<string, number>();

  /** r0. */
  get initialRegret(): number {
    return this.regretOfNewcomers;
  }

  /** Combined log loss of the latest epoch. */
  get networkLoss(): number | null {
    return this.latestLoss;
  }

  settle(epoch: EpochScored): void {
    this.settled.push(epoch);
  }

  regrets(inferers: readonly string[], forecasters: readonly string[]): RegretTable {
    return regretTable(this.book, inferers, forecasters);
  }

  upTo(settledNonce: number | null): void {
    this.each('scores', settledNonce, ({ infererScores }) => {
      for (const { participant, emaScore } of infererScores)
        if (emaScore !== null) this.infererEma.set(participant, emaScore);
    });
    this.each('losses', settledNonce, (epoch) => this.applyLosses(epoch));
  }

  private each(
    cursor: 'scores' | 'losses' | 'payments',
    upTo: number | null,
    apply: (epoch: EpochScored) => void,
  ): void {
    if (upTo === null) return;
    for (; this.done[cursor] < this.settled.length; this.done[cursor] += 1) {
      const epoch = this.settled[this.done[cursor]]!;
      if (epoch.nonce > upTo) return;
      apply(epoch);
    }
  }

  private applyLosses({ losses, params, settledNonce }: EpochScored): void {
    if (losses === null) return;
    // Who counts as experienced depends on what was paid before the epoch, not on what came since.
    this.each('payments', settledNonce, ({ payments }) => {
      for (const { participant, role, amountUallo } of payments)
        if (amountUallo > 0n) this.include(role, participant);
    });
    const { inferers, forecasters, bundle } = losses;
    const update = updateRegrets(
      {
        inferers,
        forecasters,
        networkLosses: bundle,
        previousRegrets: this.regrets(inferers, forecasters),
        initialRegret: this.regretOfNewcomers,
        infererInclusions: inferers.map((id) => this.inclusions.inferer.get(id) ?? 0),
        forecasterInclusions: forecasters.map((id) => this.inclusions.forecaster.get(id) ?? 0),
      },
      regretParams(params),
    );
    this.book = mergeRegretTable(this.book, inferers, forecasters, update.regrets);
    this.regretOfNewcomers = update.initialRegret;
    this.latestLoss = bundle.combined;
  }

  private include(role: Role, participant: string): void {
    if (role === 'reputer') return;
    const counts = this.inclusions[role];
    counts.set(participant, (counts.get(participant) ?? 0) + 1);
  }
}
