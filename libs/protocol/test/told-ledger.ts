import { EPOCH_REWARDS } from '../src/economy/accounts';
import { type Book, emissionKey } from '../src/economy/book';
import { chargeDataFees } from '../src/economy/data-fees';
import {
  type DatedBlocks,
  type DueFees,
  type EpochAt,
  type LedgerInputs,
  nextTurn,
} from '../src/economy/ledger-turns';
import { balanceOf } from '../src/economy/post';
import { settleEpoch } from '../src/economy/settle-epoch';
import { findTopic } from '../src/economy/topic-life';
import { advance, testRules } from './economy';

interface Fees extends DueFees {
  readonly submitters: readonly string[];
}

/** One record of one of the logs that the ledger reads. */
export type Told =
  | { readonly log: 'blocks'; readonly blocks: DatedBlocks }
  | ({ readonly log: 'set' } & Fees)
  | ({ readonly log: 'scores' } & Pick<Fees, 'topicId' | 'nonce' | 'submitters'>);

/** What each submission costs: as much as a worker earns in an epoch or two, so that some can pay and some cannot. */
const rules = { ...testRules, dataFeeUallo: 10n };
const workerUallo = 7n;

const same = (a: EpochAt | DueFees, b: { topicId: number; nonce: number }) =>
  a.topicId === b.topicId && a.nonce === b.nonce;

/** A ledger that reads logs, in memory: it keeps what was told, and takes every turn that has become possible. */
export class ToldLedger {
  private readonly told: DatedBlocks[] = [];
  private readonly fees: Fees[] = [];
  private readonly scores: Extract<Told, { log: 'scores' }>[] = [];
  private unpaid: EpochAt[] = [];
  /** `<topic>:<nonce>` of epochs that are not waited for. */
  readonly overdue = new Set<string>();
  waited = 0;

  constructor(readonly book: Book) {}

  read(record: Told): void {
    if (record.log === 'blocks') this.told.push(record.blocks);
    else {
      const { topicId, nonce, submitters } = record;
      const losses = { kind: 'losses', part: 0, parts: 1 } as const;
      this.fees.push(record.log === 'set' ? record : { topicId, nonce, submitters, ...losses });
      if (record.log === 'scores') this.scores.push(record);
    }
    this.pay();
    for (;;) {
      const turn = nextTurn(this.inputs());
      if (turn.kind === 'wait') {
        this.waited += turn.unpaid.length + turn.sets.length;
        return;
      }
      for (const one of turn.fees) this.charge(one);
      if (turn.kind === 'fees') continue;
      this.told.shift();
      advance(this.book, turn.told, rules);
      this.unpaid.push(...turn.told.ended);
      this.pay();
    }
  }

  private inputs(): LedgerInputs<Fees> {
    const isEnded = (one: Fees) => this.book.emissions.get(emissionKey(one.topicId, one.nonce)) !== undefined;
    return {
      told: this.told[0],
      unpaid: this.unpaid.map((epoch) => ({
        ...epoch,
        overdue: this.overdue.has(`${epoch.topicId}:${epoch.nonce}`),
      })),
      endedFees: this.fees.filter(isEnded),
      openFees: this.fees.filter((one) => !isEnded(one)),
      chargedSets: new Set(),
      unknownTopics: new Set(),
    };
  }

  private charge(fees: Fees): void {
    const { topicId, nonce, kind, part, submitters } = fees;
    this.fees.splice(this.fees.indexOf(fees), 1);
    const countNonce = kind === 'losses' ? nonce + 1 : nonce;
    const key = `data-fee:${topicId}:${nonce}:${kind}:${part}`;
    chargeDataFees(this.book, rules, { topicId, nonce, countNonce, submitters }, key);
  }

  /** As soon as an epoch has both its part and its scores, in nonce order: workers some uallo, a reputer half. */
  private pay(): void {
    for (const scores of this.scores.toSorted((a, b) => a.nonce - b.nonce)) {
      const { topicId, nonce, submitters } = scores;
      const emission = this.book.emissions.get(emissionKey(topicId, nonce));
      const isNext = !this.unpaid.some((one) => one.topicId === topicId && one.nonce < nonce);
      if (!emission || !isNext || (findTopic(this.book, topicId)?.paidNonce ?? 0) >= nonce) continue;
      const delegated = { delegatorsUallo: 0n, delegatedUallo: 0n };
      const workers = emission.amountUallo > 1_000n ? submitters : [];
      const halfUallo = emission.amountUallo / 2n;
      const payments = [
        ...workers.map((participant) => ({
          ...{ role: 'inferer' as const, participant, amountUallo: workerUallo + BigInt(nonce % 5) },
          ...delegated,
        })),
        { role: 'reputer' as const, participant: `r${topicId}`, amountUallo: halfUallo, ...delegated },
      ];
      const dustUallo = emission.amountUallo > 1_000n ? 3n : 0n;
      const epoch = { topicId, nonce, payments, dustUallo, reputersTaskUallo: halfUallo };
      settleEpoch(this.book, epoch, `epoch-rewards:${topicId}:${nonce}`);
      this.unpaid = this.unpaid.filter((one) => !same(one, scores));
      this.scores.splice(this.scores.indexOf(scores), 1);
    }
  }

  /** Everything is told: nothing waits any more. */
  get isDone(): boolean {
    const left = this.told.length + this.fees.length + this.scores.length + this.unpaid.length;
    return left === 0 && balanceOf(this.book, EPOCH_REWARDS) === 0n;
  }
}
