import type { Command } from '@allora/protocol/economy/commands';
import type { LedgerModel } from '@allora/rewards/testing/ledger-model';
import { validatorStake } from '@allora/rewards/testing/model-state';
import type { LedgerTransfer } from './epoch-state';
import { acceptedAnswer, isDecided, type LedgerAttempt, type LedgerParcel } from './ledger-parcel';
import type { Violation } from './violation';

export interface CommandsState {
  readonly parcels: readonly LedgerParcel[];
  /** In the order in which the ledger made them. */
  readonly transfers: readonly LedgerTransfer[];
  readonly balances: ReadonlyMap<string, bigint>;
  /** Knows the topics and nothing else yet. */
  readonly model: LedgerModel;
  readonly faucetMaxUallo: bigint;
}

/** A refusal, and between which transfers it was made: its reason must have held at one place there. */
interface OpenRefusal {
  readonly parcel: LedgerParcel;
  readonly code: string;
  readonly detail: string;
  readonly from: number;
  readonly to: number;
}

/** Every accepted command applied once, every answer the model's, every repeat answered the same. Pure but for the model. */
export function checkCommands(state: CommandsState): Violation[] {
  return [...state.parcels.flatMap(checkAnswers), ...new LedgerReplay(state).run(), ...checkBalances(state)];
}

const MOVES = /^(command|stake|faucet):/;
/** Of the set-up, which is no parcel. */
const SET_UP = /:chaos-[\w-]+$/;
const ofSetUp: ReadonlySet<string> = new Set(['genesis', 'topic-creation-fee', 'registration-fee']);

function checkAnswers({ key, command, attempts }: LedgerParcel): Violation[] {
  const about = `${command.kind} ${key}`;
  const accepted = attempts.filter(({ answer }) => answer.kind === 'accepted');
  const texts = new Set(accepted.map(({ answer }) => JSON.stringify(answer, Object.keys(answer).sort())));
  const violations: Violation[] = [];
  // A deposit answers through either door with the stake right after it: one text as well.
  if (texts.size > 1) violations.push({ rule: 'RETRY_DIFFERS', about, detail: [...texts].join(' ') });
  const firstMs = Math.min(...accepted.map(({ answeredAtMs }) => answeredAtMs));
  for (const { answer, sentAtMs } of attempts)
    if (answer.kind === 'refused' && isDecided(answer) && sentAtMs > firstMs)
      violations.push({ rule: 'REFUSED_AFTER_ACCEPTED', about, detail: answer.code });
  return violations;
}

class LedgerReplay {
  private readonly violations: Violation[] = [];
  private readonly byKey = new Map<string, LedgerParcel[]>();
  /** Parcel of a transfer, where it is a client's. */
  private readonly applied = new Map<string, LedgerParcel>();
  private open: OpenRefusal[] = [];

  constructor(private readonly state: CommandsState) {
    for (const parcel of state.parcels)
      this.byKey.set(parcel.key, [...(this.byKey.get(parcel.key) ?? []), parcel]);
  }

  run(): Violation[] {
    const { transfers, parcels } = this.state;
    this.open = this.refusals();
    this.justify(0);
    transfers.forEach((transfer, i) => {
      this.apply(transfer);
      this.justify(i + 1);
    });
    for (const { parcel, code, detail } of this.open)
      this.tell('REFUSAL_UNFIT', parcel, `${code} never fitted: ${detail}`);
    for (const parcel of parcels)
      if (acceptedAnswer(parcel) && this.applied.get(parcel.key) !== parcel)
        this.tell('NOT_APPLIED', parcel, 'accepted, and there is no transfer of it');
    return this.violations;
  }

  /** Between the last transfer that was surely before it and the first that was surely after. */
  private refusals(): OpenRefusal[] {
    const answeredMs = this.times((parcel) =>
      Math.min(
        ...parcel.attempts.filter(({ answer }) => answer.kind === 'accepted').map((one) => one.answeredAtMs),
      ),
    );
    // Clients begin when everything is set up.
    const begun = this.state.transfers.findLastIndex(
      ({ key, kind }) => SET_UP.test(key) || ofSetUp.has(kind),
    );
    const sentMs = this.times((parcel) => Math.min(...parcel.attempts.map((one) => one.sentAtMs)));
    const between = ({ sentAtMs, answeredAtMs }: LedgerAttempt) => ({
      from:
        Math.max(
          begun,
          answeredMs.findLastIndex((ms) => ms < sentAtMs),
        ) + 1,
      to: ((first) => (first < 0 ? this.state.transfers.length : first))(
        sentMs.findIndex((ms) => ms > answeredAtMs),
      ),
    });
    return this.state.parcels.flatMap((parcel) =>
      parcel.attempts.flatMap((attempt): OpenRefusal[] => {
        const { answer } = attempt;
        if (answer.kind !== 'refused' || !isDecided(answer)) return [];
        return [{ parcel, code: answer.code, detail: answer.detail, ...between(attempt) }];
      }),
    );
  }

  /** Of each transfer; those that no client asked for have none. */
  private times(of: (parcel: LedgerParcel) => number): number[] {
    return this.state.transfers.map(({ key }) => {
      const candidates = this.byKey.get(key) ?? [];
      const parcel = candidates.find((one) => acceptedAnswer(one)) ?? candidates[0];
      return parcel && candidates.length === 1 ? of(parcel) : NaN;
    });
  }

  private justify(place: number): void {
    this.open = this.open.filter(
      (refusal) => place < refusal.from || place > refusal.to || !this.fits(refusal),
    );
  }

  private fits({ parcel, code }: OpenRefusal): boolean {
    const { command, intent, key } = parcel;
    const { model, faucetMaxUallo } = this.state;
    // The form is looked at first.
    if (code === 'MALFORMED') return isMalformed(command);
    if (code === 'BAD_SIGNATURE' || intent === 'bad_signature')
      return code === 'BAD_SIGNATURE' && intent === 'bad_signature';
    if (code === 'CONFLICTING_REPEAT') return (this.applied.get(key) ?? parcel) !== parcel;
    if (command.kind === 'faucet' && command.amountUallo > faucetMaxUallo)
      return code === 'VALUE_NOT_ALLOWED';
    return model.judge(command, { accepted: false, code }) === undefined;
  }

  private apply(transfer: LedgerTransfer): void {
    const { model } = this.state;
    const { key, kind, lines } = transfer;
    const candidates = this.byKey.get(key);
    if (candidates) return this.applyParcel(transfer, candidates);
    if (MOVES.test(key) && !SET_UP.test(key))
      this.violations.push({ rule: 'NEVER_SENT', about: key, detail: 'nobody asked for this transfer' });
    if (kind === 'removal-paid') this.payRemoval(transfer);
    if (kind === 'block-emission') this.shareWithValidators(transfer);
    for (const { account, amountUallo } of lines)
      model.balances.set(account, model.balance(account) + amountUallo);
  }

  private applyParcel({ key, lines }: LedgerTransfer, candidates: readonly LedgerParcel[]): void {
    const { model } = this.state;
    const told = candidates.filter((one) => acceptedAnswer(one));
    if (told.length > 1) this.tell('APPLIED_TWICE', told[1]!, 'two commands of one request id were accepted');
    const movedUallo = lines.reduce((sum, { amountUallo: a }) => sum + (a > 0n ? a : 0n), 0n);
    const complaints: string[] = [];
    for (const parcel of told.length > 0 ? told.slice(0, 1) : candidates) {
      const wrong = this.take(parcel, movedUallo);
      if (wrong !== undefined) {
        complaints.push(wrong);
        continue;
      }
      this.applied.set(key, parcel);
      return this.compare(key, lines);
    }
    this.tell('MODEL_DIFFERS', candidates[0]!, complaints.join('; '));
    for (const { account, amountUallo } of lines)
      model.balances.set(account, model.balance(account) + amountUallo);
    this.applied.set(key, told[0] ?? candidates[0]!);
  }

  private take(parcel: LedgerParcel, movedUallo: bigint): string | undefined {
    const { model } = this.state;
    const answer = acceptedAnswer(parcel);
    if (parcel.intent === 'bad_signature') return 'its signature is bad';
    if (answer?.height !== undefined && answer.height < model.height)
      return `took effect at ${answer.height}, after one of ${model.height}`;
    model.height = Math.max(model.height, answer?.height ?? 0);
    const told = BigInt(answer?.movedUallo ?? movedUallo);
    if (told !== movedUallo) return `is said to have moved ${told}, and moved ${movedUallo}`;
    const isRemoval =
      parcel.command.kind === 'remove-stake' || parcel.command.kind === 'remove-validator-stake';
    // Where every answer was lost nobody was told when it is due.
    const unheard = isRemoval ? { dueHeight: model.height + model.rules.removalDelayBlocks } : {};
    const due = answer?.dueHeight === undefined ? unheard : { dueHeight: answer.dueHeight };
    const wrong = model.judge(parcel.command, { accepted: true, movedUallo, ...due });
    if (wrong !== undefined || answer?.stakeUallo === undefined) return wrong;
    const { topicId, reputer } = parcel.command as Extract<Command, { kind: 'stake' }>;
    const stake = model.balance(`stake:${topicId}:${reputer}`);
    return answer.stakeUallo === String(stake) ? undefined : `stake ${answer.stakeUallo} instead of ${stake}`;
  }

  private readonly posted = new Map<string, bigint>();

  /** The lines are those that the model made. */
  private compare(key: string, lines: LedgerTransfer['lines']): void {
    const { model } = this.state;
    this.posted.clear();
    for (const { account, amountUallo } of lines)
      this.posted.set(account, (this.posted.get(account) ?? 0n) + amountUallo);
    const changed = [...model.touched].filter((account) => !this.posted.has(account));
    model.touched.clear();
    if (changed.length > 0)
      this.violations.push({ rule: 'MODEL_DIFFERS', about: key, detail: `${changed.join()} was not posted` });
  }

  private payRemoval({ key, lines }: LedgerTransfer): void {
    const { model } = this.state;
    const account = lines.find(({ amountUallo }) => amountUallo < 0n)!.account;
    const removal = model.removals.get(account);
    const to = lines.find(({ amountUallo }) => amountUallo > 0n)!;
    model.removals.delete(account);
    if (removal?.amountUallo === to.amountUallo && to.account === `participant:${removal.holder}`) return;
    this.violations.push({
      rule: 'MODEL_DIFFERS',
      about: key,
      detail: `paid ${to.amountUallo} to ${to.account}; the removal is ${removal?.amountUallo} of ${removal?.holder}`,
    });
  }

  private shareWithValidators({ lines }: LedgerTransfer): void {
    const { model } = this.state;
    const earned = lines.find(({ account }) => account === 'validators-pool')?.amountUallo ?? 0n;
    const stakes = [...model.holdings(validatorStake(''))];
    const all = stakes.reduce((sum, [, amount]) => sum + amount, 0n);
    for (const [address, amount] of stakes)
      model.earn(validatorStake(address), { over: earned * amount, under: all });
  }

  private tell(rule: string, { command, key }: LedgerParcel, detail: string): void {
    this.violations.push({ rule, about: `${command.kind} ${key}`, detail });
  }
}

/** Forms take amounts above zero of at most 38 digits, and parts from one to a million. */
function isMalformed(command: Command): boolean {
  if ('partsPerMillion' in command) return command.partsPerMillion < 1 || command.partsPerMillion > 1_000_000;
  return 'amountUallo' in command && (command.amountUallo <= 0n || command.amountUallo >= 10n ** 38n);
}

function checkBalances({ balances, model }: CommandsState): Violation[] {
  return [...new Set([...balances.keys(), ...model.balances.keys()])].flatMap((account): Violation[] => {
    const [held, due] = [balances.get(account) ?? 0n, model.balance(account)];
    if (held === due) return [];
    return [{ rule: 'MODEL_DIFFERS', about: account, detail: `holds ${held} instead of ${due}` }];
  });
}
