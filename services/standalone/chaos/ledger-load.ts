import { setTimeout as sleep } from 'node:timers/promises';
import type { Account } from '@allora/identity/account';
import { CommandGenerator, type People } from '@allora/rewards/testing/command-generator';
import type { LedgerModel } from '@allora/rewards/testing/ledger-model';
import { acceptedAnswer, type LedgerParcel, writeLedgerParcel } from './ledger-parcel';
import type { LedgerSender } from './ledger-sender';
import type { SeededRandom } from './random';

export interface LedgerLoadOptions {
  readonly chainId: string;
  readonly accounts: readonly Account[];
  readonly people: People;
  readonly topicIds: readonly number[];
  /** What clients believe: it follows the answers as they come, and decides nothing. */
  readonly belief: LedgerModel;
  readonly sender: LedgerSender;
  readonly random: SeededRandom;
  /** New commands each second, retries not counted. */
  readonly ratePerSecond: number;
}

const TICK_MS = 100;
const PATIENCE_MS = 15_000;
const MAX_INFLIGHT = 1_000;
const TWIN_PROBABILITY = 0.05;
const LATER_PROBABILITY = 0.03;
const BAD_SIGNATURE_PROBABILITY = 0.01;

/** A steady stream of commands of every kind: good ones, poor ones, repeats, and others under a request id that was used. */
export class LedgerLoad {
  /** Ticks that found too much in flight. */
  skipped = 0;
  private readonly generator: CommandGenerator;
  private readonly byAddress: ReadonlyMap<string, Account>;
  private readonly sent: LedgerParcel[] = [];

  constructor(private readonly options: LedgerLoadOptions) {
    const { random, belief, people, topicIds, accounts } = options;
    this.generator = new CommandGenerator(random, belief, people, topicIds);
    this.byAddress = new Map(accounts.map((account) => [account.address, account] as const));
  }

  async run(signal: AbortSignal): Promise<void> {
    const { ratePerSecond, sender } = this.options;
    const began = Date.now();
    for (let made = 0; !signal.aborted; await sleep(TICK_MS)) {
      const due = Math.floor(((Date.now() - began) / 1_000) * ratePerSecond) - made;
      made += due;
      if (due > 0 && sender.inflight > MAX_INFLIGHT) this.skipped += due;
      else for (const request of this.generator.group(due)) this.one(request);
    }
  }

  private one(request: Parameters<typeof writeLedgerParcel>[0]): void {
    const { chainId, random } = this.options;
    if (this.sent.length > 0 && random.chance(LATER_PROBABILITY)) this.dispatch(random.pick(this.sent));
    const account = this.byAddress.get(request.author);
    if (!account) return;
    const intent = random.chance(BAD_SIGNATURE_PROBABILITY) ? 'bad_signature' : 'honest';
    const parcel = writeLedgerParcel(request, { chainId, account, intent });
    if (!parcel) return;
    if (intent === 'honest') this.sent.push(parcel);
    this.dispatch(parcel);
  }

  private dispatch(parcel: LedgerParcel): void {
    const { sender, belief, random } = this.options;
    const limits = { untilMs: Date.now() + PATIENCE_MS, twin: random.chance(TWIN_PROBABILITY) };
    const wasAccepted = acceptedAnswer(parcel) !== undefined;
    void sender.send(parcel, limits).then((known) => {
      const answer = acceptedAnswer(known);
      if (!answer || wasAccepted) return;
      belief.height = Math.max(belief.height, answer.height ?? 0);
      const movedUallo =
        answer.movedUallo === undefined && 'amountUallo' in known.command
          ? known.command.amountUallo
          : BigInt(answer.movedUallo ?? 0);
      belief.judge(known.command, { ...answer, accepted: true, movedUallo });
    });
  }
}
