import { EpochOutcome } from '@allora/contracts/gen/allora/reputation/v1/reputation';
import { verdict } from '@allora/protocol/ledger/posting';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ALLO, epochScores, type ScoresOptions } from '../test/fixtures';
import { type EpochPayout, payEpoch, type RewardState, scoredIds } from './epoch-payout';
import { epochRewardsOf, epochTransfer } from './proto';

const newTopic: RewardState = {
  scoreRatio: 0,
  smoothedFractions: { inferer: new Map(), forecaster: new Map(), reputer: new Map() },
  scoreHistory: { inferer: [], forecaster: [] },
};

const pay = (options: ScoresOptions = {}, state = newTopic, emissionUalloPerBlock = ALLO) =>
  payEpoch({ scores: epochScores(options), state, emissionUalloPerBlock });

function paid(payout: EpochPayout) {
  if (payout.kind !== 'paid') throw new Error(`the epoch is ${payout.kind}`);
  return payout;
}

const total = (amounts: readonly { amountUallo: bigint }[]) =>
  amounts.reduce((sum, p) => sum + p.amountUallo, 0n);

describe('payEpoch', () => {
  it('issues the emission of the epoch length and gives all of it away, but for dust', () => {
    const { emissionUallo, payments, dustUallo } = paid(pay());
    expect(emissionUallo).toBe(10n * ALLO);
    expect(total(payments) + dustUallo).toBe(emissionUallo);
    expect(dustUallo).toBeLessThan(10_000n);
    expect(payments.map(({ role, participant }) => `${role} ${participant}`)).toEqual([
      'inferer i0',
      'inferer i1',
      'inferer i2',
      'forecaster f0',
      'forecaster f1',
      'reputer r0',
      'reputer r1',
    ]);
  });

  it('pays the better score more', () => {
    const of = new Map(paid(pay()).payments.map((payment) => [payment.participant, payment.amountUallo]));
    expect(of.get('i1')).toBeGreaterThan(of.get('i0') ?? 0n);
    expect(of.get('i0')).toBeGreaterThan(of.get('i2') ?? 0n);
    expect(of.get('r1')).toBeGreaterThan(of.get('r0') ?? 0n);
  });

  it('leaves out whoever has no score', () => {
    const scores = epochScores({ inferers: { i0: 0.1, i1: undefined, i2: 0.3 } });
    expect(scoredIds(scores)).not.toContain('i1');
    const { payments, ownScores } = paid(payEpoch({ scores, state: newTopic, emissionUalloPerBlock: ALLO }));
    expect(payments.some(({ participant }) => participant === 'i1')).toBe(false);
    expect(ownScores.inferer).toEqual([0.1, 0.3]);
  });

  it('gives forecasting nothing without forecasters, or with one inferer', () => {
    const without = paid(pay({ forecasters: {} }));
    expect(without.core.forecastingTaskReward).toBe(0);
    expect(total(without.payments) + without.dustUallo).toBe(10n * ALLO);
    const lone = paid(pay({ inferers: { i0: 0 } }));
    expect(lone.payments.filter(({ role }) => role === 'forecaster')).toEqual([]);
    expect(lone.next.smoothedFractions.forecaster.size).toBe(0);
    expect(total(lone.payments) + lone.dustUallo).toBe(10n * ALLO);
  });

  it('smooths the fractions that an earlier epoch left', () => {
    const first = paid(pay());
    const second = paid(pay({}, { ...newTopic, ...first.next, scoreHistory: newTopic.scoreHistory }));
    const previous = first.next.smoothedFractions.inferer.get('i1') ?? 0;
    expect(second.next.smoothedFractions.inferer.get('i1')).toBeCloseTo(previous, 12);
    expect(second.next.scoreRatio).not.toBe(first.next.scoreRatio);
  });

  it('pays nothing when nobody was scored', () => {
    for (const outcome of [EpochOutcome.NO_INFERENCES, EpochOutcome.NO_LOSSES]) {
      const payout = pay({ outcome });
      expect(payout).toEqual({ kind: 'empty', ownScores: { inferer: [], forecaster: [] } });
      expect(epochRewardsOf(epochScores(), payout)).toMatchObject({ emissionUallo: '0', payments: [] });
    }
  });

  it('pays nothing when the formulas have no answer, and says why', () => {
    expect(pay({ reputers: { r0: [20, 0n] } })).toMatchObject({
      kind: 'undefined',
      reason: { code: 'ENTROPY_UNDEFINED' },
    });
    expect(pay({ reputers: {} })).toMatchObject({ kind: 'undefined', reason: { name: 'ProtocolError' } });
    expect(pay({ inferers: { i0: undefined } })).toMatchObject({ kind: 'undefined' });
  });

  it('does not issue the reward of a role in which nobody has a share', () => {
    const { next } = paid(pay());
    const payout = paid(pay({ reputers: { r0: [20, 0n] } }, { ...newTopic, ...next }));
    expect(payout.core.reputerTaskReward).toBeGreaterThan(1e17);
    expect(payout.payments.some(({ role }) => role === 'reputer')).toBe(false);
    expect(payout.emissionUallo).toBeLessThan(10n * ALLO);
    expect(payout.dustUallo).toBeLessThan(10_000n);
    expect(total(payout.payments) + payout.dustUallo).toBe(payout.emissionUallo);
  });

  it('conserves money whatever the scores, in every epoch of a sequence', () => {
    const score = fc.double({ min: -50, max: 50, noNaN: true });
    const workers = (prefix: string, minLength: number) =>
      fc
        .array(score, { minLength, maxLength: 40 })
        .map((list) => Object.fromEntries(list.map((x, i) => [`${prefix}${String(i).padStart(2, '0')}`, x])));
    const reputers = fc
      .array(fc.tuple(fc.double({ min: 1e-3, max: 100, noNaN: true }), fc.bigInt(1n, 10n ** 27n)), {
        minLength: 1,
        maxLength: 12,
      })
      .map((list) => Object.fromEntries(list.map((x, i) => [`r${String(i).padStart(2, '0')}`, x])));
    const epoch = fc.record({ inferers: workers('i', 1), forecasters: workers('f', 0), reputers });
    fc.assert(
      fc.property(
        fc.array(epoch, { minLength: 1, maxLength: 5 }),
        fc.bigInt(1n, 10n ** 24n),
        (epochs, perBlock) => {
          let state = newTopic;
          for (const options of epochs) {
            const payout = pay(options, state, perBlock);
            if (payout.kind !== 'paid') continue;
            expect(total(payout.payments) + payout.dustUallo).toBe(payout.emissionUallo);
            expect(payout.dustUallo).toBeGreaterThanOrEqual(0n);
            expect(verdict(postingsOf(payout))).toEqual({ accepted: true });
            const { inferer, forecaster } = state.scoreHistory;
            state = {
              ...state,
              ...payout.next,
              scoreHistory: {
                inferer: [payout.ownScores.inferer, ...inferer],
                forecaster: [payout.ownScores.forecaster, ...forecaster],
              },
            };
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});

const postingsOf = (payout: ReturnType<typeof paid>) =>
  epochTransfer(epochScores(), payout).lines.map(({ account, amountUallo }) => ({
    account: account.name,
    amountUallo,
  }));

describe('epochTransfer', () => {
  it('adds a reputer to its stake and everyone else to their own account', () => {
    const { key, lines } = epochTransfer(epochScores(), paid(pay()));
    expect(key).toBe('epoch-rewards:1:100');
    const names = lines.map(({ account }) => account.name);
    expect(names).toContain('participant:i0');
    expect(names).toContain('stake:1:r0');
    expect(names.slice(0, 3)).toEqual(['mint', 'rewards-pool', 'rewards-pool']);
  });
});
