import 'reflect-metadata';
import { busTopics } from '@allora/contracts/catalog';
import { EpochOutcome } from '@allora/contracts/gen/allora/reputation/v1/reputation';
import { EpochPhase } from '@allora/contracts/gen/allora/topics/v1/topics';
import { createAccount } from '@allora/identity/account';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALLO, epochEvent, epochScores } from './fixtures';
import { RewardsApp } from './rewards-app';

const anna = createAccount();
const bert = createAccount();
let rewardsApp: RewardsApp;

beforeAll(async () => {
  rewardsApp = await RewardsApp.start();
  for (const [account, stakeUallo] of [
    [anna, 17n],
    [bert, 3n],
  ] as const) {
    await rewardsApp.give(account.address, 1_000n * ALLO);
    await rewardsApp.stake(1, account, stakeUallo, 'a');
  }
});

afterAll(() => rewardsApp?.close());

describe('the settlement of epochs', () => {
  const reputers = {
    [anna.address]: [20, 17n] as const,
    [bert.address]: [30, 3n] as const,
  };

  it('snapshots stakes, pays scores once and in turn, and tells every epoch', async () => {
    await rewardsApp.coordinator.append(busTopics.epochs, [
      epochEvent(EpochPhase.REPUTER_WINDOW_OPENED, 100),
    ]);
    const ordered = [anna, bert].sort((a, b) => (a.address < b.address ? -1 : 1));
    expect((await rewardsApp.snapshotOf(1, 100)).stakes).toEqual(
      ordered.map(({ address }) => ({
        reputer: address,
        stakeUallo: address === anna.address ? '17' : '3',
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
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(rewardsApp.rewards).toEqual([]);
    expect(rewardsApp.snapshots).toHaveLength(1);

    const first = epochScores({ nonce: 100, reputers });
    await rewardsApp.reputation.append(busTopics.epochScores, [first]);
    const { payments, emissionUallo, dustUallo } = await rewardsApp.rewardsOf(1, 100);
    expect(emissionUallo).toBe((10n * ALLO).toString());
    const paid = payments.reduce((sum, payment) => sum + BigInt(payment.amountUallo), 0n);
    expect(paid + BigInt(dustUallo)).toBe(10n * ALLO);
    await rewardsApp.rewardsOf(1, 110);
    await rewardsApp.snapshotOf(1, 110);
    expect(rewardsApp.told.filter((entry) => entry.includes(' 1/'))).toEqual(
      ['snapshot 1/100', 'rewards 1/100', 'snapshot 1/110', 'rewards 1/110'].toSorted(
        (a, b) => rewardsApp.told.indexOf(a) - rewardsApp.told.indexOf(b),
      ),
    );

    // The snapshot of 110 holds the reputers' pay of 100, and nothing of 110.
    const annas = payments.find(({ participant }) => participant === anna.address)?.amountUallo ?? '0';
    const staked = (await rewardsApp.snapshotOf(1, 110)).stakes.find(
      ({ reputer }) => reputer === anna.address,
    );
    expect(staked?.stakeUallo).toBe((17n + BigInt(annas)).toString());
    await rewardsApp.expectConserved();
  });

  it('pays an epoch once, however often its scores are told', async () => {
    const before = await rewardsApp.ledger.supply();
    const transfers = await rewardsApp.app.database.prisma.ledgerTransfer.count();
    await rewardsApp.reputation.append(busTopics.epochScores, [
      epochScores({ nonce: 100, reputers }),
      epochScores({ nonce: 110, settledNonce: 100, reputers }),
    ]);
    await rewardsApp.coordinator.append(busTopics.epochs, [
      epochEvent(EpochPhase.REPUTER_WINDOW_OPENED, 110, { settledNonce: 100 }),
      epochEvent(EpochPhase.REPUTER_WINDOW_CLOSED, 110, { settledNonce: 100 }),
    ]);
    // A later epoch shows that those before it were read.
    await rewardsApp.reputation.append(busTopics.epochScores, [
      epochScores({ nonce: 120, settledNonce: 110, outcome: EpochOutcome.NO_LOSSES }),
    ]);
    await rewardsApp.coordinator.append(busTopics.epochs, [
      epochEvent(EpochPhase.REPUTER_WINDOW_CLOSED, 120, { settledNonce: 110 }),
    ]);
    expect(await rewardsApp.rewardsOf(1, 120)).toMatchObject({
      emissionUallo: '0',
      dustUallo: '0',
      payments: [],
    });
    expect(await rewardsApp.ledger.supply()).toEqual(before);
    expect(await rewardsApp.app.database.prisma.ledgerTransfer.count()).toBe(transfers);
    expect(rewardsApp.rewards.filter(({ topicId }) => topicId === 1)).toHaveLength(3);
    expect(rewardsApp.snapshots.filter(({ topicId }) => topicId === 1)).toHaveLength(2);
  });

  it('does not pay before the close was told here, though the scores know of it', async () => {
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
    expect((await rewardsApp.snapshotOf(2, 60)).stakes).toEqual([]);
    expect(await rewardsApp.grpc.client.getStake({ topicId: 2, reputer: 'r0' })).not.toEqual({
      stakeUallo: '0',
      delegatedUallo: '0',
    });
  });

  it('pays nothing where the formulas have no answer, and goes on', async () => {
    const before = await rewardsApp.ledger.supply();
    await rewardsApp.reputation.append(busTopics.epochScores, [
      epochScores({ topicId: 2, nonce: 60, settledNonce: 50, reputers: { r5: [20, 0n] } }),
      epochScores({ topicId: 2, nonce: 70, settledNonce: 60 }),
    ]);
    await rewardsApp.coordinator.append(busTopics.epochs, [
      epochEvent(EpochPhase.REPUTER_WINDOW_CLOSED, 60, { topicId: 2, settledNonce: 50 }),
      epochEvent(EpochPhase.REPUTER_WINDOW_CLOSED, 70, { topicId: 2, settledNonce: 60 }),
    ]);
    expect(await rewardsApp.rewardsOf(2, 60)).toMatchObject({ emissionUallo: '0', payments: [] });
    expect((await rewardsApp.rewardsOf(2, 70)).payments).not.toEqual([]);
    expect((await rewardsApp.ledger.supply()).mintedUallo).toBe(before.mintedUallo + 10n * ALLO);
    await rewardsApp.expectConserved();
  });

  it('keeps only the score lists that the window can reach', async () => {
    const nonces = Array.from({ length: 14 }, (_, i) => 80 + 10 * i);
    await rewardsApp.coordinator.append(
      busTopics.epochs,
      nonces.map((nonce) =>
        epochEvent(EpochPhase.REPUTER_WINDOW_CLOSED, nonce, { topicId: 2, settledNonce: nonce - 10 }),
      ),
    );
    await rewardsApp.reputation.append(
      busTopics.epochScores,
      nonces.map((nonce) =>
        epochScores({ topicId: 2, nonce, settledNonce: nonce - 10, inferers: { i0: nonce / 100 } }),
      ),
    );
    await rewardsApp.rewardsOf(2, 210);
    const lists = await rewardsApp.app.database.prisma.scoreList.findMany({
      where: { topicId: 2n, role: 'inferer' },
    });
    expect(lists.map(({ nonce }) => Number(nonce)).sort((a, b) => a - b)).toEqual(nonces.slice(-10));
    await rewardsApp.expectConserved();
  });

  it('measures what it does', async () => {
    const text = await (await fetch(`${rewardsApp.app.httpUrl}/metrics`)).text();
    const lines = text
      .split('\n')
      .filter((line) => /^allora_rewards_(paid|epochs|transfers|cons)/.test(line));
    expect(lines).toContain('allora_rewards_conservation_error_uallo 0');
    expect(lines).toContainEqual(
      expect.stringMatching(/^allora_rewards_paid_uallo_total\{role="inferer"\} [1-9]/),
    );
    expect(lines).toContain('allora_rewards_epochs_total{result="undefined"} 1');
    expect(lines).toContainEqual(
      expect.stringContaining('allora_rewards_transfers_total{kind="stake-deposit"}'),
    );
  });
});
