import 'reflect-metadata';
import { busTopics } from '@allora/contracts/catalog';
import { EpochOutcome } from '@allora/contracts/gen/allora/reputation/v1/reputation';
import { EpochPhase } from '@allora/contracts/gen/allora/topics/v1/topics';
import { createAccount } from '@allora/identity/account';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { payEpoch } from '../src/epoch-payout';
import { rewardStateOf, SettledEpochsStore } from '../src/settled-epochs.store';
import { ALLO, epochEvent, epochScores } from './fixtures';
import { RewardsApp, topicNamed } from './rewards-app';

const anna = createAccount();
const bert = createAccount();
const ANNAS = 17n * ALLO;
const BERTS = 3n * ALLO;
let rewardsApp: RewardsApp;

beforeAll(async () => {
  rewardsApp = await RewardsApp.start({ topics: [topicNamed(1, '75000'), topicNamed(2, '75000')] });
  for (const [account, stakeUallo] of [
    [anna, ANNAS],
    [bert, BERTS],
  ] as const) {
    await rewardsApp.give(account.address, 1_000n * ALLO);
    await rewardsApp.stake(1, account, stakeUallo, 'a');
    await rewardsApp.stake(2, account, stakeUallo, 'a');
  }
  await rewardsApp.blocks(100);
});

afterAll(() => rewardsApp?.close());

const reputers = {
  [anna.address]: [20, ANNAS] as const,
  [bert.address]: [30, BERTS] as const,
};
const uallo = (amounts: readonly { amountUallo: string; delegatorsUallo?: string | undefined }[]) =>
  amounts.reduce((sum, p) => sum + BigInt(p.amountUallo) + BigInt(p.delegatorsUallo ?? 0), 0n);
const setAside = () => rewardsApp.ledger.balance('epoch-rewards');

describe('the settlement of epochs', () => {
  it('snapshots stakes, pays scores once and in turn, and tells every epoch', async () => {
    const ordered = [anna, bert].sort((a, b) => (a.address < b.address ? -1 : 1));
    expect((await rewardsApp.open(1, 100)).stakes).toEqual(
      ordered.map(({ address }) => ({
        reputer: address,
        stakeUallo: (address === anna.address ? ANNAS : BERTS).toString(),
        delegatedUallo: '0',
      })),
    );

    // The second epoch's window opens before the first is paid, and its scores come first.
    const second = epochScores({ nonce: 110, settledNonce: 100, reputers });
    await rewardsApp.reputation.append(busTopics.epochScores, [second]);
    await rewardsApp.coordinator.append(busTopics.epochs, [
      epochEvent(EpochPhase.REPUTER_WINDOW_CLOSED, 100),
      epochEvent(EpochPhase.REPUTER_WINDOW_OPENED, 110, { settledNonce: 100 }),
      epochEvent(EpochPhase.REPUTER_WINDOW_CLOSED, 110, { settledNonce: 100 }),
    ]);
    await rewardsApp.blocks(110, [{ topicId: 1, nonce: 100 }]);
    await rewardsApp.blocks(120, [{ topicId: 1, nonce: 110 }]);
    expect(rewardsApp.rewards).toEqual([]);
    expect(rewardsApp.snapshots).toHaveLength(1);
    expect(await setAside()).toBeGreaterThan(0n);

    const first = epochScores({ nonce: 100, reputers });
    await rewardsApp.reputation.append(busTopics.epochScores, [first]);
    const { payments, emissionUallo, dustUallo } = await rewardsApp.rewardsOf(1, 100);
    expect(BigInt(emissionUallo)).toBeGreaterThan(0n);
    expect(uallo(payments) + BigInt(dustUallo)).toBe(BigInt(emissionUallo));
    await rewardsApp.rewardsOf(1, 110);
    await rewardsApp.snapshotOf(1, 110);
    expect(await setAside()).toBe(0n);

    // The snapshot of 110 holds the reputers' pay of 100, and nothing of 110.
    const annas = payments.find(({ participant }) => participant === anna.address)?.amountUallo ?? '0';
    const staked = (await rewardsApp.snapshotOf(1, 110)).stakes.find(
      ({ reputer }) => reputer === anna.address,
    );
    expect(staked?.stakeUallo).toBe((ANNAS + BigInt(annas)).toString());
    await rewardsApp.expectConserved();
  });

  it('keeps all that an epoch was computed from, to the bit', async () => {
    const settled = rewardsApp.app.get(SettledEpochsStore);
    const epoch = await settled.find(1, 110);
    expect(epoch).toMatchObject({ result: 'paid', rewards: await rewardsApp.rewardsOf(1, 110) });
    expect(epoch!.state.scoreHistory.inferer).toEqual([[0.1, 0.4, -0.2]]);
    const again = payEpoch({
      scores: epoch!.scores,
      state: rewardStateOf(epoch!.state),
      emissionUallo: BigInt(epoch!.rewards.emissionUallo),
    });
    const { payments, chi, gamma } = epoch!.rewards;
    expect(again).toMatchObject({ kind: 'paid', core: { chi, gamma } });
    expect(again.kind === 'paid' && again.payments.map((p) => p.amountUallo.toString())).toEqual(
      payments.map((p) => p.amountUallo),
    );
  });

  it('pays an epoch once, however often its scores are told', async () => {
    const before = await rewardsApp.ledger.conservation();
    const transfers = () =>
      rewardsApp.app.database.prisma.ledgerTransfer.count({ where: { kind: 'epoch-rewards' } });
    const paidBefore = await transfers();
    await rewardsApp.reputation.append(busTopics.epochScores, [
      epochScores({ nonce: 100, reputers }),
      epochScores({ nonce: 110, settledNonce: 100, reputers }),
    ]);
    await rewardsApp.coordinator.append(busTopics.epochs, [
      epochEvent(EpochPhase.REPUTER_WINDOW_OPENED, 110, { settledNonce: 100 }),
      epochEvent(EpochPhase.REPUTER_WINDOW_CLOSED, 110, { settledNonce: 100 }),
    ]);
    // A later epoch shows that those before it were read.
    await rewardsApp.open(1, 120, 110);
    const poolBefore = await rewardsApp.ledger.balance('rewards-pool');
    const rewards = await rewardsApp.settle(1, 120, { settledNonce: 110, outcome: EpochOutcome.NO_LOSSES });
    expect(rewards).toMatchObject({ dustUallo: '0', payments: [] });
    // What nobody earned is back in the pool, beside what the blocks brought.
    expect(await setAside()).toBe(0n);
    expect(await rewardsApp.ledger.balance('rewards-pool')).toBeGreaterThan(poolBefore);
    expect(await transfers()).toBe(paidBefore + 1);
    expect((await rewardsApp.ledger.conservation()).genesisUallo).toBe(before.genesisUallo);
    expect(rewardsApp.rewards.filter(({ topicId }) => topicId === 1)).toHaveLength(3);
    expect(rewardsApp.snapshots.filter(({ topicId }) => topicId === 1)).toHaveLength(3);
    await rewardsApp.expectConserved();
  });

  it('does not pay before the close was told here, though the scores know of it', async () => {
    await rewardsApp.blocks(rewardsApp.height + 10, [{ topicId: 2, nonce: 50 }]);
    await rewardsApp.reputation.append(busTopics.epochScores, [epochScores({ topicId: 2, nonce: 50 })]);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(rewardsApp.rewards.filter(({ topicId }) => topicId === 2)).toEqual([]);
    // With overlapping windows the next epoch's snapshot is due before the payment of this one.
    await rewardsApp.coordinator.append(busTopics.epochs, [
      epochEvent(EpochPhase.REPUTER_WINDOW_OPENED, 50, { topicId: 2 }),
      epochEvent(EpochPhase.REPUTER_WINDOW_OPENED, 60, { topicId: 2 }),
      epochEvent(EpochPhase.REPUTER_WINDOW_CLOSED, 50, { topicId: 2 }),
    ]);
    await rewardsApp.rewardsOf(2, 50);
    const sixty = await rewardsApp.snapshotOf(2, 60);
    expect(sixty.stakes.map(({ reputer }) => reputer)).not.toContain('r0');
    expect(await rewardsApp.grpc.client.getStake({ topicId: 2, reputer: 'r0' })).not.toEqual({
      stakeUallo: '0',
      delegatedUallo: '0',
    });
  });

  it('does not pay before its last block was told here, though all else is there', async () => {
    await rewardsApp.coordinator.append(busTopics.epochs, [
      epochEvent(EpochPhase.REPUTER_WINDOW_CLOSED, 60, { topicId: 2, settledNonce: 50 }),
    ]);
    await rewardsApp.reputation.append(busTopics.epochScores, [
      epochScores({ topicId: 2, nonce: 60, settledNonce: 50, reputers: { r5: [20, 0n] } }),
    ]);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(rewardsApp.rewards.some(({ topicId, nonce }) => topicId === 2 && nonce === 60)).toBe(false);
  });

  it('pays nothing where the formulas have no answer, and goes on', async () => {
    await rewardsApp.blocks(rewardsApp.height + 10, [{ topicId: 2, nonce: 60 }]);
    expect(await rewardsApp.rewardsOf(2, 60)).toMatchObject({ payments: [], dustUallo: '0' });
    expect(await setAside()).toBe(0n);
    await rewardsApp.open(2, 70, 60);
    const { payments } = await rewardsApp.settle(2, 70, { settledNonce: 60 });
    expect(payments).not.toEqual([]);
    expect(await rewardsApp.app.get(SettledEpochsStore).find(2, 60)).toMatchObject({
      result: 'undefined',
      state: { reason: { code: 'ENTROPY_UNDEFINED' } },
    });
    await rewardsApp.expectConserved();
  });

  it('does not wait for ever for blocks that were told to nobody: such an epoch has nothing to give', async () => {
    await rewardsApp.open(1, 130, 120);
    await rewardsApp.coordinator.append(busTopics.epochs, [
      epochEvent(EpochPhase.REPUTER_WINDOW_CLOSED, 130, { settledNonce: 120 }),
      epochEvent(EpochPhase.REPUTER_WINDOW_OPENED, 140, { settledNonce: 130 }),
    ]);
    await rewardsApp.reputation.append(busTopics.epochScores, [
      epochScores({ nonce: 130, settledNonce: 120, reputers }),
    ]);
    await rewardsApp.blocks(rewardsApp.height + 10, [{ topicId: 1, nonce: 140 }]);
    expect(await rewardsApp.rewardsOf(1, 130)).toMatchObject({ emissionUallo: '0', payments: [] });
    await rewardsApp.snapshotOf(1, 140);
    await rewardsApp.expectConserved();
  });

  it('keeps only the score lists that the window can reach', async () => {
    const nonces = Array.from({ length: 14 }, (_, i) => 80 + 10 * i);
    for (const nonce of nonces) {
      await rewardsApp.open(2, nonce, nonce - 10);
      await rewardsApp.settle(2, nonce, { settledNonce: nonce - 10, inferers: { i0: nonce / 100 } });
    }
    const lists = await rewardsApp.app.database.prisma.scoreList.findMany({
      where: { topicId: 2n, role: 'inferer' },
    });
    expect(lists.map(({ nonce }) => Number(nonce)).sort((a, b) => a - b)).toEqual(nonces.slice(-10));
    await rewardsApp.expectConserved();
  });

  it('measures what it does', async () => {
    await expect
      .poll(async () => {
        const text = await (await fetch(`${rewardsApp.app.httpUrl}/metrics`)).text();
        return text.split('\n').filter((line) => line.startsWith('allora_rewards_'));
      })
      .toEqual(
        expect.arrayContaining([
          'allora_rewards_conservation_error_uallo 0',
          'allora_rewards_misstated_sums 0',
          'allora_rewards_epochs_total{result="undefined"} 1',
          'allora_rewards_removals_pending 0',
          expect.stringMatching(/^allora_rewards_paid_uallo_total\{role="inferer"\} [1-9]/),
          expect.stringMatching(/^allora_rewards_block_emission_uallo [1-9]/),
          expect.stringMatching(/^allora_rewards_minted_uallo [1-9]/),
          expect.stringContaining('allora_rewards_transfers_total{kind="stake-deposit"} 4'),
          expect.stringContaining('allora_rewards_commands_total{kind="stake",outcome="applied"} 4'),
        ]),
      );
  });
});
