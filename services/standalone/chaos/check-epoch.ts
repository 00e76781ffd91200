import { type EpochRewards, RewardRole } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import { epochParts, type EpochState, type LedgerTransfer, type Told } from './epoch-state';
import { nonceName } from './final-state';
import type { Violation } from './violation';

const facts = [...epochParts, 'stake_snapshot', 'loss_set'] as const;

/** Whole epochs: each settled once, in order, paid once, and told by everyone as it stands on the logs. Pure. */
export function checkEpoch(state: EpochState): Violation[] {
  return [
    ...facts.flatMap((fact) => checkTold(fact, state.told[fact], state.closed)),
    ...checkLedger(state),
    ...checkPayments(state.rewards, state.transfers),
    ...checkReads(state),
  ];
}

function checkTold(fact: string, told: readonly Told[], closed: readonly Told[]): Violation[] {
  const violations: Violation[] = [];
  const times = new Map<string, number>();
  const last = new Map<number, number>();
  for (const one of told) {
    const name = nonceName(one);
    times.set(name, (times.get(name) ?? 0) + 1);
    if (times.get(name) === 2)
      violations.push({ rule: 'TOLD_TWICE', about: name, detail: `${fact}: two events of one epoch` });
    if (one.nonce < (last.get(one.topicId) ?? -Infinity))
      violations.push({
        rule: 'OUT_OF_ORDER',
        about: name,
        detail: `${fact}: after ${last.get(one.topicId)}`,
      });
    last.set(one.topicId, one.nonce);
  }
  for (const epoch of closed)
    if (!times.has(nonceName(epoch)))
      violations.push({ rule: 'EPOCH_LOST', about: nonceName(epoch), detail: `closed, but has no ${fact}` });
  return violations;
}

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);

/** The ledger by itself: every transfer sums to zero, every account holds what was posted to it. */
export function checkLedger({
  transfers,
  balances,
  supply,
}: Pick<EpochState, 'transfers' | 'balances' | 'supply'>): Violation[] {
  const violations: Violation[] = [];
  const posted = new Map<string, bigint>();
  for (const { key, lines } of transfers) {
    const total = sum(lines.map(({ amountUallo }) => amountUallo));
    if (total !== 0n)
      violations.push({ rule: 'UNBALANCED', about: key, detail: `its lines sum to ${total}` });
    for (const { account, amountUallo } of lines)
      posted.set(account, (posted.get(account) ?? 0n) + amountUallo);
  }
  const all = sum([...balances.values()]);
  if (all !== 0n)
    violations.push({ rule: 'UNBALANCED', about: 'ledger', detail: `all accounts sum to ${all}` });
  for (const account of new Set([...balances.keys(), ...posted.keys()])) {
    const [balance, lines] = [balances.get(account) ?? 0n, posted.get(account) ?? 0n];
    if (balance !== lines)
      violations.push({ rule: 'MISSTATED', about: account, detail: `holds ${balance}, was posted ${lines}` });
  }
  if (supply.mintedUallo !== supply.heldUallo || supply.mintedUallo !== -(balances.get('mint') ?? 0n))
    violations.push({
      rule: 'UNBALANCED',
      about: 'supply',
      detail: `minted ${supply.mintedUallo}, held ${supply.heldUallo}, the mint ${balances.get('mint')}`,
    });
  return violations;
}

/** Each record of rewards that pays is one transfer with just these lines, and there is no transfer beside. */
function checkPayments(rewards: readonly EpochRewards[], transfers: readonly LedgerTransfer[]): Violation[] {
  const paid = new Map<string, LedgerTransfer[]>();
  for (const transfer of transfers) {
    if (transfer.kind !== 'epoch-rewards') continue;
    paid.set(transfer.key, [...(paid.get(transfer.key) ?? []), transfer]);
  }
  const violations: Violation[] = [];
  for (const record of rewards) {
    const key = `epoch-rewards:${record.topicId}:${record.nonce}`;
    const made = paid.get(key) ?? [];
    paid.delete(key);
    const due = record.emissionUallo === '0' ? 0 : 1;
    if (made.length !== due) {
      const rule = made.length > due ? 'PAID_TWICE' : 'NOT_PAID';
      violations.push({ rule, about: key, detail: `${made.length} transfers of ${due}` });
    }
    const left = unpaidUallo(record);
    if (left < 0n)
      violations.push({
        rule: 'PAYMENT_DIFFERS',
        about: key,
        detail: `${-left} more was paid than the ${record.emissionUallo} set aside`,
      });
    const [transfer] = made;
    if (transfer && credits(transfer) !== creditsOf(record))
      violations.push({
        rule: 'PAYMENT_DIFFERS',
        about: key,
        detail: 'the transfer is not what the record says',
      });
  }
  for (const key of paid.keys())
    violations.push({ rule: 'PAID_UNTOLD', about: key, detail: 'a payment without a record of rewards' });
  return violations;
}

const credits = ({ lines }: LedgerTransfer): string =>
  lines
    .filter(({ account }) => account !== 'epoch-rewards')
    .map(({ account, amountUallo }) => `${account} ${amountUallo}`)
    .sort()
    .join();

/** What was set aside and nobody earned: it goes back into the rewards pool. */
const unpaidUallo = ({ emissionUallo, dustUallo, payments }: EpochRewards): bigint =>
  BigInt(emissionUallo) -
  BigInt(dustUallo) -
  sum(payments.map((one) => BigInt(one.amountUallo) + BigInt(one.delegatorsUallo ?? '0')));

/** Everybody here holds enough for the data fees: nothing is kept back for them. */
function creditsOf(record: EpochRewards): string {
  const { topicId, payments, dustUallo } = record;
  const lines = payments.flatMap(({ participant, role, amountUallo, delegatorsUallo }) => [
    [
      role === RewardRole.REPUTER ? `stake:${topicId}:${participant}` : `participant:${participant}`,
      amountUallo,
    ],
    [`delegator-rewards:${topicId}:${participant}`, delegatorsUallo ?? '0'],
  ]);
  const all = [...lines, ['dust', dustUallo], ['rewards-pool', String(unpaidUallo(record))]];
  return all
    .filter(([, amount]) => amount !== '0')
    .map((line) => line.join(' '))
    .sort()
    .join();
}

/** Every answer of the gateway, at any time, was what stands on the log. */
function checkReads({ reads, told }: EpochState): Violation[] {
  const digests = new Map<string, string>();
  for (const part of epochParts)
    for (const one of told[part]) digests.set(`${part} ${nonceName(one)}`, one.digest);
  return reads.flatMap((read): Violation[] => {
    const name = `${read.part} ${nonceName(read)}`;
    const due = digests.get(name) ?? 'nothing';
    if (due === read.digest) return [];
    return [
      { rule: 'ANSWER_DIFFERS', about: name, detail: `the gateway gave ${read.digest}, the log ${due}` },
    ];
  });
}

/** How much later than its closing each epoch was paid. */
export function delaysMs(state: Pick<EpochState, 'closed' | 'told'>): ReadonlyMap<string, number> {
  const paid = new Map(state.told.rewards.map((one) => [nonceName(one), one.atMs] as const));
  return new Map(
    state.closed.flatMap((epoch) => {
      const atMs = paid.get(nonceName(epoch));
      return atMs === undefined ? [] : [[nonceName(epoch), Math.max(0, atMs - epoch.atMs)] as const];
    }),
  );
}

export interface PoisonedTime {
  readonly topicId: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** Length of an epoch. */
  readonly epochMs: number;
}

/** While a topic was poisoned, and nothing else was wrong, the others were paid within one epoch. Pure. */
export function checkDelays(state: Pick<EpochState, 'closed' | 'told'>, poisoned: PoisonedTime): Violation[] {
  const delays = delaysMs(state);
  return state.closed
    .filter(
      ({ topicId, atMs }) => topicId !== poisoned.topicId && atMs >= poisoned.fromMs && atMs <= poisoned.toMs,
    )
    .flatMap((epoch): Violation[] => {
      const delayMs = delays.get(nonceName(epoch)) ?? Infinity;
      if (delayMs <= poisoned.epochMs) return [];
      return [
        {
          rule: 'DELAYED_BY_POISON',
          about: nonceName(epoch),
          detail: `paid ${delayMs} ms after its end; an epoch has ${poisoned.epochMs} ms`,
        },
      ];
    });
}
