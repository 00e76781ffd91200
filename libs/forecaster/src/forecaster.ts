import { type Asked, Blend } from './blend';
import { lossesByInferer, type PastEpoch } from './history';
import { Market } from './market';
import { emptyMean, median, type RunningMean, withValue } from './running';
import { type Level, spreadOf, type Target, type TargetName, targets } from './target';

export interface ForecasterOptions {
  readonly target?: TargetName;
  /**
   * After how many epochs an epoch's losses are known when forecasts are made: 1 where they are before the next epoch opens. Rows
   * are made with what would have been known, in a replay as in a live run.
   */
  readonly settleEpochs?: number;
}

export interface InfererForecast {
  readonly inferer: string;
  /** Expected loss on the topic's logarithmic scale. */
  readonly loss: number;
  /** Mean of the inferer's losses known by then: what is to be beaten. */
  readonly pastMean: number;
}

export interface ForecastQuestion {
  readonly nonce: number;
  /** As long as that of the past epochs. */
  readonly context?: readonly number[];
}

export interface Forecaster {
  /**
   * Expected losses of the inferers seen lately, the best first; empty until there is a loss. Reads epochs before the question's
   * nonce and no others. Epochs that it has read it does not read again, but for losses that came since.
   */
  forecast(history: readonly PastEpoch[], question: ForecastQuestion): readonly InfererForecast[];
}

const FAST_SHARE = 0.3;
const SLOW_SHARE = 0.04;
/** An inferer that was away for so many epochs is not forecast. */
const ABSENT_EPOCHS = 20;
/** Questions whose losses never came are forgotten after so many epochs. */
const OPEN_EPOCHS = 200;
/** A newcomer's mean counts as if it had been as good as the others for so many epochs before. */
const NEWCOMER_EPOCHS = 5;

/** A quantity with its last value, its fast and its slow mean. */
interface Track {
  readonly last: number;
  readonly fast: RunningMean;
  readonly slow: RunningMean;
}
const noTrack: Track = { last: 0, fast: emptyMean, slow: emptyMean };
const follow = ({ fast, slow }: Track, value: number): Track => ({
  last: value,
  fast: withValue(fast, value, FAST_SHARE),
  slow: withValue(slow, value, SLOW_SHARE),
});
const featuresOf = ({ last, fast, slow }: Track): number[] => [last, fast.mean, slow.mean];
const TRACK = 3;

interface Member {
  readonly blend: Blend;
  track: Track;
  losses: RunningMean;
  seenAt: number;
}

/** A question as it was answered, until its losses are known. */
interface Open {
  readonly nonce: number;
  readonly position: number;
  readonly level: Asked;
  readonly members: ReadonlyMap<string, Asked>;
  readonly answer: readonly InfererForecast[];
}

/** Deterministic and without any effect outside itself: equal histories and questions give equal forecasts. */
export function createForecaster({
  target = 'regret',
  settleEpochs = 1,
}: ForecasterOptions = {}): Forecaster {
  const model = new OnlineModel(target, settleEpochs);
  return { forecast: (history, question) => model.forecast(history, question) };
}

class OnlineModel implements Forecaster {
  private readonly market = new Market();
  private readonly members = new Map<string, Member>();
  private level: Blend | null = null;
  private levelTrack: Track = noTrack;
  private spread: RunningMean = emptyMean;
  private contextSize = 0;
  /** Questions asked so far. */
  private position = 0;
  private seenNonce = -Infinity;
  private open: Open[] = [];

  private readonly target: Target;

  constructor(
    targetName: TargetName,
    private readonly settleEpochs: number,
  ) {
    this.target = targets[targetName];
  }

  forecast(history: readonly PastEpoch[], question: ForecastQuestion): readonly InfererForecast[] {
    const past = history.filter(({ nonce }) => nonce < question.nonce).sort((a, b) => a.nonce - b.nonce);
    const losses = new Map(past.map((epoch) => [epoch.nonce, epoch]));
    for (const epoch of past) {
      if (epoch.nonce <= this.seenNonce) continue;
      this.answer(epoch, losses);
      this.see(epoch);
    }
    return this.answer(question, losses).answer;
  }

  private answer({ nonce, context = [] }: ForecastQuestion, past: ReadonlyMap<number, PastEpoch>): Open {
    const standing = this.open.find((one) => one.nonce === nonce);
    if (standing) return standing;
    this.settle(past);
    const shared = [...this.market.features(), ...this.contextRow(context)];
    const levelRow = featuresOf(this.levelTrack);
    this.level ??= new Blend(levelRow.length + shared.length);
    const level = this.level.ask([...levelRow, ...shared]);
    const foretold: Level = { network: level.value, spread: this.spread.mean };
    const usual = this.usualTarget();
    const members = new Map<string, Asked>();
    const answer: InfererForecast[] = [];
    for (const [inferer, member] of this.members) {
      if (this.position - member.seenAt > ABSENT_EPOCHS) continue;
      const own = [...featuresOf(member.track), ...this.market.featuresOf(inferer)];
      const { value, asked } = member.blend.ask([...own, ...levelRow, ...shared]);
      members.set(inferer, asked);
      const { count, mean: pastMean } = member.losses;
      if (count === 0) continue;
      const shrunk = (count * value + NEWCOMER_EPOCHS * usual) / (count + NEWCOMER_EPOCHS);
      answer.push({ inferer, loss: this.target.toLoss(shrunk, foretold), pastMean });
    }
    answer.sort((a, b) => a.loss - b.loss || (a.inferer < b.inferer ? -1 : 1));
    const open: Open = { nonce, position: this.position, level: level.asked, members, answer };
    this.open.push(open);
    this.position += 1;
    return open;
  }

  private see(epoch: PastEpoch): void {
    this.seenNonce = epoch.nonce;
    this.market.see(epoch);
    const width = 2 * TRACK + Market.own + Market.shared + this.contextSize;
    for (const { inferer, value } of epoch.inferences) {
      if (!Number.isFinite(value)) continue;
      const member = this.members.get(inferer);
      if (member) member.seenAt = this.position;
      else
        this.members.set(inferer, {
          blend: new Blend(width),
          track: noTrack,
          losses: emptyMean,
          seenAt: this.position,
        });
    }
  }

  /** Learns from the open epochs that are old enough for their losses to have been known, in their order. */
  private settle(past: ReadonlyMap<number, PastEpoch>): void {
    const stillOpen: Open[] = [];
    for (const open of this.open) {
      const age = this.position - open.position;
      const epoch = past.get(open.nonce);
      const losses = epoch && age >= this.settleEpochs ? lossesByInferer(epoch) : null;
      if (losses) this.learn(open, epoch!.losses!.network, losses);
      else if (age < OPEN_EPOCHS) stillOpen.push(open);
    }
    this.open = stillOpen;
  }

  private learn(open: Open, network: number, losses: ReadonlyMap<string, number>): void {
    const level: Level = { network, spread: spreadOf(losses.values(), network) };
    this.level!.learn(open.level, network);
    this.levelTrack = follow(this.levelTrack, network);
    this.spread = withValue(this.spread, level.spread, SLOW_SHARE);
    for (const [inferer, loss] of losses) {
      const member = this.members.get(inferer);
      if (!member) continue;
      const value = this.target.of(loss, level);
      const asked = open.members.get(inferer);
      if (asked) member.blend.learn(asked, value);
      member.track = follow(member.track, value);
      member.losses = withValue(member.losses, loss, 0);
    }
  }

  /** What the middle one of those known has been like. */
  private usualTarget(): number {
    const means = [...this.members.values()].flatMap(({ blend }) => (blend.count > 0 ? [blend.mean] : []));
    return means.length === 0 ? 0 : median(means);
  }

  /** The context in the length that it had first; what is missing or no number is 0. */
  private contextRow(context: readonly number[]): number[] {
    if (this.level === null) this.contextSize = context.length;
    return Array.from({ length: this.contextSize }, (_, n) => {
      const value = context[n] ?? 0;
      return Number.isFinite(value) ? value : 0;
    });
  }
}
