import { EpochOutcome } from '@allora/contracts/gen/allora/reputation/v1/reputation';
import type { RewardState, RolePayment } from '@allora/protocol/epoch/epoch-payout';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ALLO, epochScores, type ScoresOptions } from '../test/fixtures';
import { type EpochPayout, payEpoch, scoredIds } from './epoch-payout';
import { epochRewardsOf } from './proto';

const newTopic: RewardState = {
  scoreRatio: 0,
  smoothedFractions: { inferer: new Map(), forecaster: new Map(), reputer: new Map() },
  scoreHistory: { inferer: [], forecaster: [] },
};

const pay = (options: ScoresOptions = {}, state = newTopic, emissionUallo = 10n * ALLO) =>
  payEpoch({ scores: epochScores(options), state, emissionUallo });

function paid(payout: EpochPayout) {
  if (payout.kind !== 'paid') throw new Error(`the epoch is ${payout.kind}`);
  return payout;
}

const total = (payments: readonly RolePayment[]) =>
  payments.reduce((sum, p) => sum + p.amountUallo + p.delegatorsUallo, 0n);

describe('payEpoch', () => {
  it('gives all of what was set aside away, but for dust', () => {
    const { payments, dustUallo } = paid(pay());
    expect(total(payments) + dustUallo).toBe(10n * ALLO);
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
    const { payments, ownScores } = paid(payEpoch({ scores, state: newTopic, emissionUallo: ALLO }));
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
      expect(epochRewardsOf(epochScores(), payout, 7n)).toMatchObject({
        emissionUallo: '7',
        dustUallo: '0',
        payments: [],
      });
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

  it('keeps the state of a topic going where there is nothing to give', () => {
    const { payments, dustUallo, next } = paid(pay({}, newTopic, 0n));
    expect(payments).toEqual([]);
    expect(dustUallo).toBe(0n);
    expect(next.smoothedFractions).toEqual(paid(pay()).next.smoothedFractions);
  });

  it("splits a reputer's reward with its delegators by stake, rounding their part down", () => {
    const scores = epochScores();
    const [first] = scores.reputers;
    const shared = { ...first!, delegatedUallo: (BigInt(first!.stakeUallo) / 4n).toString() };
    const alone = paid(pay()).payments.find(({ participant }) => participant === first!.reputer)!;
    const { payments } = paid(
      payEpoch({
        scores: { ...scores, reputers: [shared, ...scores.reputers.slice(1)] },
        state: newTopic,
        emissionUallo: 10n * ALLO,
      }),
    );
    const split = payments.find(({ participant }) => participant === first!.reputer)!;
    expect(split.delegatedUallo).toBe(BigInt(shared.delegatedUallo));
    expect(split.amountUallo + split.delegatorsUallo - alone.amountUallo).toBeLessThan(10_000n);
    expect(Number(split.delegatorsUallo) / Number(alone.amountUallo)).toBeCloseTo(0.25, 12);
    expect(
      epochRewardsOf(scores, paid(pay()), 1n).payments.every((p) => p.delegatorsUallo === undefined),
    ).toBe(true);
  });

  it('does not pay the reward of a role in which nobody has a share', () => {
    const { next } = paid(pay());
    const payout = paid(pay({ reputers: { r0: [20, 0n] } }, { ...newTopic, ...next }));
    expect(payout.core.reputerTaskReward).toBeGreaterThan(1e17);
    expect(payout.payments.some(({ role }) => role === 'reputer')).toBe(false);
    expect(payout.dustUallo).toBeLessThan(10_000n);
    const unpaid = 10n * ALLO - total(payout.payments) - payout.dustUallo;
    expect(Number(unpaid)).toBeCloseTo(payout.core.reputerTaskReward, -4);
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
        (epochs, emissionUallo) => {
          let state = newTopic;
          for (const options of epochs) {
            const payout = pay(options, state, emissionUallo);
            if (payout.kind !== 'paid') continue;
            expect(total(payout.payments) + payout.dustUallo).toBeLessThanOrEqual(emissionUallo);
            expect(payout.dustUallo).toBeGreaterThanOrEqual(0n);
            expect(payout.payments.every((p) => p.amountUallo >= 0n && p.delegatorsUallo >= 0n)).toBe(true);
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
