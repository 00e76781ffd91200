import { type LinearFit, Moments, predict } from './ridge';
import { emptyMean, type RunningMean, withValue } from './running';

/*
 * One number foretold each epoch by several rules at once: its plain mean so far, its recent mean, and ridge regressions of
 * different strength. What each rule would have said is compared with what came, epoch by epoch and never in hindsight, and the
 * rules share the say accordingly: where the features tell nothing, the blend goes back to the mean.
 */

/** Penalties of the regressions, in rows. */
const PENALTIES = [30, 200] as const;
/** The past mean comes first: it is the one to beat. */
const RULES = 2 + PENALTIES.length;
const RECENT_SHARE = 0.05;
/** Fewer rows than this tell no regression. */
const ROWS_MIN = 15;
/** Epochs between two solutions of the regressions: in between their sums go on. */
const REFIT_EPOCHS = 5;
/** What a row, and a rule's record, keep of their weight each epoch: half in 1,400 and in 700 epochs. */
const ROW_KEEP = 0.9995;
const RECORD_KEEP = 0.999;
/** One wild epoch counts as an error of this many variances at most. */
const ERROR_CAP = 9;

/** What the mean starts with: a rule gets a say above it after it has been better for a good while, not by luck. */
const MEAN_CREDIT = 3;

/** A question as the rules answered it. */
export interface Asked {
  readonly row: readonly number[];
  readonly said: readonly number[];
}

export class Blend {
  private all: RunningMean = emptyMean;
  private recent: RunningMean = emptyMean;
  private squares: RunningMean = emptyMean;
  private fits: readonly (LinearFit | null)[] = [];
  private readonly moments: Moments;
  /** Logarithms of the rules' say, up to a constant. */
  private readonly records: number[] = Array.from({ length: RULES }, (_, n) => (n === 0 ? MEAN_CREDIT : 0));

  constructor(features: number) {
    this.moments = new Moments(features);
  }

  get count(): number {
    return this.all.count;
  }

  get mean(): number {
    return this.all.mean;
  }

  ask(row: readonly number[]): { readonly value: number; readonly asked: Asked } {
    if (this.count >= ROWS_MIN && (this.fits.length === 0 || this.count % REFIT_EPOCHS === 0)) {
      this.fits = PENALTIES.map((penalty) => this.moments.fit(penalty));
    }
    const regressions = PENALTIES.map((_, n) => {
      const fit = this.fits[n];
      return fit ? predict(fit, row) : this.all.mean;
    });
    const said = [this.all.mean, this.recent.mean, ...regressions];
    const best = Math.max(...this.records);
    const says = this.records.map((record) => Math.exp(record - best));
    const total = says.reduce((sum, say) => sum + say, 0);
    const value = said.reduce((sum, one, n) => sum + (says[n]! / total) * one, 0);
    return { value, asked: { row, said } };
  }

  learn({ row, said }: Asked, value: number): void {
    if (this.count > 0) {
      this.squares = withValue(this.squares, (value - this.all.mean) ** 2, 0);
      const variance = this.squares.mean;
      if (this.count >= ROWS_MIN && variance > 0) {
        said.forEach((one, n) => {
          const error = Math.min((value - one) ** 2 / variance, ERROR_CAP);
          this.records[n] = RECORD_KEEP * this.records[n]! - error / 2;
        });
      }
    }
    this.all = withValue(this.all, value, 0);
    this.recent = withValue(this.recent, value, RECENT_SHARE);
    this.moments.add(row, value, ROW_KEEP);
  }
}
