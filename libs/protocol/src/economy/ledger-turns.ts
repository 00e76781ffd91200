import type { ToldBlocks } from './blocks';
import type { EndedEpoch } from './ended-epochs';

export const FEE_KINDS = ['inferences', 'forecasts', 'losses'] as const;
export type FeeKind = (typeof FEE_KINDS)[number];

/** One record of submissions that an epoch has taken, whose fees are not charged yet. */
export interface DueFees {
  readonly topicId: number;
  readonly nonce: number;
  readonly kind: FeeKind;
  readonly part: number;
  /** How many records the epoch has of this kind. */
  readonly parts: number;
}

export interface DatedBlocks extends ToldBlocks {
  /** Epochs that ended at or below it are paid first; undefined: nothing is waited for. */
  readonly settledHeight?: number | undefined;
}

export type EpochAt = Pick<EndedEpoch, 'topicId' | 'nonce' | 'height'>;

export interface UnpaidEpoch extends EpochAt {
  /** It was waited for in vain: until it is paid its topic is not waited for. */
  readonly overdue: boolean;
}

/** What has been read, of whichever log, and is not done yet. */
export interface LedgerInputs<F extends DueFees = DueFees> {
  /** The earliest blocks of those that were told and are not applied. */
  readonly told: DatedBlocks | undefined;
  /** Epochs that have ended and are not paid. */
  readonly unpaid: readonly UnpaidEpoch[];
  /** Fees of epochs that have ended. */
  readonly endedFees: readonly F[];
  /** Fees of the topics whose epochs end in these blocks. */
  readonly openFees: readonly F[];
  /** `setName` of sets of these epochs that were charged as soon as they were read. */
  readonly chargedSets: ReadonlySet<string>;
  /** Of these epochs: topics whose own record was not read. */
  readonly unknownTopics: ReadonlySet<number>;
}

export interface AwaitedSet extends EpochAt {
  readonly kind: FeeKind;
}

export type LedgerTurn<F extends DueFees = DueFees> =
  | { readonly kind: 'fees'; readonly fees: readonly F[] }
  /** The fees come before the blocks. */
  | { readonly kind: 'blocks'; readonly told: DatedBlocks; readonly fees: readonly F[] }
  | {
      readonly kind: 'wait';
      readonly unpaid: readonly EpochAt[];
      readonly sets: readonly AwaitedSet[];
      /** Epochs of topics that are not known yet. */
      readonly topics: readonly EpochAt[];
    };

export const setName = ({ topicId, nonce, kind }: Omit<AwaitedSet, 'height'>): string =>
  `${topicId}:${nonce}:${kind}`;

/**
 * What the ledger does next. Blocks, sets and scores are told on logs of their own, and a payment, a fee and a block move the same
 * money: so they have one order, that of the blocks, whatever is read first. In blocks that say so an epoch ends once its sets are
 * read; the next ones wait until those that have ended are paid. Between the two the fees of their losses are charged, so that the
 * balance that a fee is taken from is the same in every order. A topic that has an overdue epoch holds up no other: what comes of it
 * counts when it comes.
 */
export function nextTurn<F extends DueFees>(inputs: LedgerInputs<F>): LedgerTurn<F> {
  const { told, endedFees, openFees } = inputs;
  if (unpaidInTime(inputs).length === 0 && endedFees.length > 0)
    return { kind: 'fees', fees: inOrder(endedFees) };
  const wait = awaited(inputs);
  if (!told || wait.unpaid.length + wait.sets.length + wait.topics.length > 0) return wait;
  const ending = new Set(told.ended.map(({ topicId, nonce }) => `${topicId}:${nonce}`));
  const fees = openFees.filter(
    ({ kind, topicId, nonce }) => kind !== 'losses' && ending.has(`${topicId}:${nonce}`),
  );
  return { kind: 'blocks', told, fees: inOrder(fees) };
}

const overdueTopics = ({ unpaid }: LedgerInputs): Set<number> =>
  new Set(unpaid.filter(({ overdue }) => overdue).map(({ topicId }) => topicId));

function unpaidInTime(inputs: LedgerInputs): UnpaidEpoch[] {
  const overdue = overdueTopics(inputs);
  return inputs.unpaid.filter(({ topicId }) => !overdue.has(topicId));
}

function awaited(inputs: LedgerInputs): LedgerTurn & { readonly kind: 'wait' } {
  const { told, unknownTopics } = inputs;
  const settledHeight = told?.settledHeight;
  if (!told || settledHeight === undefined) return { kind: 'wait', unpaid: [], sets: [], topics: [] };
  const overdue = overdueTopics(inputs);
  const ended = told.ended.filter(({ topicId }) => !overdue.has(topicId));
  const sets = ended.flatMap((epoch) =>
    (['inferences', 'forecasts'] as const).map((kind): AwaitedSet => ({ ...epoch, kind })),
  );
  return {
    kind: 'wait',
    unpaid: unpaidInTime(inputs).filter(({ height }) => height <= settledHeight),
    sets: unreadSets(inputs, sets),
    topics: ended.filter(({ topicId }) => unknownTopics.has(topicId)),
  };
}

function unreadSets({ openFees, chargedSets }: LedgerInputs, sets: readonly AwaitedSet[]): AwaitedSet[] {
  const ofTopic = new Map<string, DueFees[]>();
  for (const one of openFees) {
    const name = `${one.topicId}:${one.kind}`;
    const known = ofTopic.get(name);
    if (known) known.push(one);
    else ofTopic.set(name, [one]);
  }
  return sets.filter(
    (set) => !chargedSets.has(setName(set)) && !isRead(set, ofTopic.get(`${set.topicId}:${set.kind}`) ?? []),
  );
}

/** All parts are there. Sets of a topic come in the order of their nonces: a later one shows that it was read, and left nothing. */
function isRead({ nonce }: AwaitedSet, ofKind: readonly DueFees[]): boolean {
  const parts = ofKind.filter((one) => one.nonce === nonce);
  if (parts.length > 0) return parts.length >= parts[0]!.parts;
  return ofKind.some((one) => one.nonce > nonce);
}

const inOrder = <F extends DueFees>(fees: readonly F[]): F[] =>
  [...fees].sort(
    (a, b) =>
      a.topicId - b.topicId ||
      a.nonce - b.nonce ||
      FEE_KINDS.indexOf(a.kind) - FEE_KINDS.indexOf(b.kind) ||
      a.part - b.part,
  );
