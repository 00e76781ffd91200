import type { Command } from '@allora/protocol/economy/commands';
import { LedgerModel } from '@allora/rewards/testing/ledger-model';
import { describe, expect, it } from 'vitest';
import { checkCommands } from './check-ledger';
import type { LedgerTransfer } from './epoch-state';
import type { LedgerAnswer, LedgerParcel } from './ledger-parcel';

const pay = (amountUallo: bigint, from = 'ann', to = 'bob'): Command => ({
  kind: 'transfer',
  from,
  to,
  amountUallo,
});

interface Said {
  readonly at: number;
  readonly answer: LedgerAnswer;
}

const yes = (movedUallo: string, height = 1): LedgerAnswer => ({ kind: 'accepted', movedUallo, height });
const no = (code: string): LedgerAnswer => ({ kind: 'refused', code, detail: '' });

/** Each answer took ten milliseconds. */
const parcel = (name: string, command: Command, ...said: readonly Said[]): LedgerParcel => ({
  key: `command:ann:${name}`,
  hash: `${name} ${JSON.stringify(command, (_, value: unknown) => String(value))} ${said.length}`,
  command,
  intent: 'honest',
  attempts: said.map(({ at, answer }) => ({ sentAtMs: at, answeredAtMs: at + 10, via: 'rest', answer })),
  rest: { path: '', body: {} },
});

const moved = (
  key: string,
  amount: bigint,
  from = 'participant:ann',
  to = 'participant:bob',
): LedgerTransfer => ({
  key,
  kind: 'transfer',
  lines: [
    { account: from, amountUallo: -amount },
    { account: to, amountUallo: amount },
  ],
});

const genesis = { ...moved('genesis', 100n, 'mint', 'participant:ann'), kind: 'genesis' };
const two = [genesis, moved('command:ann:a', 60n), moved('command:ann:b', 30n)];

function balancesOf(transfers: readonly LedgerTransfer[]): Map<string, bigint> {
  const balances = new Map<string, bigint>();
  for (const { account, amountUallo } of transfers.flatMap(({ lines }) => lines))
    balances.set(account, (balances.get(account) ?? 0n) + amountUallo);
  return balances;
}

const rules = {
  removalDelayBlocks: 5,
  removalsPerBlock: 1,
  topicCreationFeeUallo: 1n,
  registrationFeeUallo: 1n,
  dataFeeUallo: 1n,
  minTopicWeight: 0,
  paidTopicsPerBlock: 1,
  operators: new Set<string>(),
};

function rulesOf(parcels: readonly LedgerParcel[], transfers: readonly LedgerTransfer[] = two): string[] {
  const model = new LedgerModel(rules, []);
  const state = { parcels, transfers, balances: balancesOf(transfers), model, faucetMaxUallo: 10n };
  return [...new Set(checkCommands(state).map(({ rule }) => rule))].sort();
}

const a = parcel('a', pay(60n), { at: 100, answer: yes('60') });
const b = parcel('b', pay(30n), { at: 200, answer: yes('30', 2) }, { at: 400, answer: yes('30', 2) });

describe('the check of commands', () => {
  it('finds nothing wrong with a run in which nothing was', () => {
    const short = parcel('c', pay(50n), { at: 300, answer: no('INSUFFICIENT_BALANCE') });
    const lost = parcel('d', pay(50n), { at: 300, answer: { kind: 'lost', reason: 'cut' } });
    expect(rulesOf([a, b, short, lost])).toEqual([]);
  });

  it('takes a refusal that fitted at some moment while it was under way', () => {
    // Sent before the first was answered: it may have come before it, and then it was the money that lacked after.
    const beside = parcel('c', pay(50n), { at: 95, answer: no('INSUFFICIENT_BALANCE') });
    expect(rulesOf([a, b, beside])).toEqual([]);
  });

  it('takes a command whose every answer was lost', () => {
    expect(rulesOf([a, parcel('b', pay(30n), { at: 200, answer: { kind: 'lost', reason: 'cut' } })])).toEqual(
      [],
    );
  });

  it.each<[string, LedgerParcel[], LedgerTransfer[] | undefined, string[]]>([
    ['an accepted command without a transfer', [a, b], two.slice(0, 2), ['NOT_APPLIED']],
    ['a transfer that nobody asked for', [a], undefined, ['NEVER_SENT']],
    [
      'a retry answered otherwise',
      [a, parcel('b', pay(30n), { at: 200, answer: yes('30', 2) }, { at: 400, answer: yes('30', 3) })],
      undefined,
      ['RETRY_DIFFERS'],
    ],
    [
      'a refusal after it was accepted',
      [
        a,
        parcel(
          'b',
          pay(30n),
          { at: 200, answer: yes('30', 2) },
          { at: 400, answer: no('CONFLICTING_REPEAT') },
        ),
      ],
      undefined,
      ['REFUSAL_UNFIT', 'REFUSED_AFTER_ACCEPTED'],
    ],
    [
      'a refusal without a reason',
      [a, b, parcel('c', pay(5n), { at: 300, answer: no('INSUFFICIENT_BALANCE') })],
      undefined,
      ['REFUSAL_UNFIT'],
    ],
    [
      'a reason that came too late',
      [a, b, parcel('c', pay(80n), { at: 10, answer: no('INSUFFICIENT_BALANCE') })],
      undefined,
      ['REFUSAL_UNFIT'],
    ],
    [
      'two commands of one request id that were both accepted',
      [a, b, parcel('b', pay(31n), { at: 210, answer: yes('31', 2) })],
      undefined,
      ['APPLIED_TWICE', 'NOT_APPLIED'],
    ],
    [
      'money that moved elsewhere',
      [a, b],
      [genesis, moved('command:ann:a', 60n, 'participant:ann', 'participant:eve'), two[2]!],
      ['MODEL_DIFFERS'],
    ],
    [
      'an overdraft',
      [a, parcel('b', pay(50n), { at: 200, answer: yes('50', 2) })],
      [...two.slice(0, 2), moved('command:ann:b', 50n)],
      ['MODEL_DIFFERS'],
    ],
  ])('finds %s', (_, parcels, transfers, found) => {
    expect(rulesOf(parcels, transfers)).toEqual(found);
  });
});
