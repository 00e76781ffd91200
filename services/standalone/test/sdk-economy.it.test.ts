import 'reflect-metadata';
import { createAccount } from '@allora/identity/account';
import { testAccount } from '@allora/rewards/genesis-file';
import { type AlloraClient, createClient } from '@allora/sdk/client';
import type { Topic } from '@allora/sdk/types';
import { type RunningApp, startApp } from '@allora/service-kit/app';
import { createTestDatabase } from '@allora/store/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { topicParams } from '../demo/economy/economy-epoch';
import { lossBundle } from '../demo/reputers/loss-bundle';
import { fund } from '../demo/set-up';
import { standaloneConfig } from '../src/config';
import { allModules } from '../src/modules';

const chainId = 'allora-test-1';
const allo = 10n ** 18n;
const [creator, holder, reputer, other, validator, consumer] = Array.from({ length: 6 }, createAccount);
const workers = Array.from({ length: 3 }, createAccount);
const operator = testAccount('operator');

let app: RunningApp;
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let client: AlloraClient;
let topic: Topic;

beforeAll(async () => {
  database = await createTestDatabase();
  const parsed = standaloneConfig.parse({
    ...{ databaseUrl: database.url, databasePoolSize: 30, chainId, clock: 'manual', faucet: 'open' },
    ...{ httpHost: '127.0.0.1', httpPort: 0, grpcHost: '127.0.0.1', grpcPort: 0, logLevel: 'error' },
    removalDelayBlocks: 5,
  });
  const config = { ...parsed, databaseUrl: database.url };
  app = await startApp({ name: 'standalone', config, modules: allModules(config) });
  client = createClient({ baseUrl: app.httpUrl, chainId });
  const rich = [creator!, holder!, reputer!, other!, validator!, consumer!];
  await fund(client, rich, { requestId: 'start', besidesUallo: 10_000n * allo });
  await fund(client, workers, { requestId: 'start' });
  topic = await client.createTopic(creator!, { metadata: '', lossMethod: 'mse', params: topicParams });
  await Promise.all([
    ...workers.map((worker) => client.register(worker, topic.id, 'worker')),
    ...[reputer!, other!].map(async (one) => {
      await client.register(one, topic.id, 'reputer');
      await client.depositStake(one, { topicId: topic.id, amountUallo: 5_000n * allo });
    }),
  ]);
});
afterAll(async () => {
  await app?.close();
  await database?.drop();
});

const place = () => ({ topicId: topic.id, reputer: reputer!.address });
const held = async (address: string) => (await client.account(address)).balanceUallo;
const conserved = async () => expect((await client.supply()).conservationErrorUallo).toBe(0n);

/** One epoch in which all workers answer and both reputers judge. */
async function playEpoch(nonce: number): Promise<void> {
  await client.advanceClock(nonce);
  for (const [n, worker] of workers.entries())
    await client.submitInference(worker, { topicId: topic.id, nonce, value: `${10 + n}.5` });
  await client.advanceClock(nonce + topicParams.groundTruthLagBlocks);
  const { inference } = await client.epoch(topic.id, nonce, { waitFor: 'inference' });
  await client.submitLosses(reputer!, lossBundle(inference!, 11));
  await client.submitLosses(other!, lossBundle(inference!, 11.01));
  await client.advanceClock(nonce + topicParams.groundTruthLagBlocks + topicParams.reputerWindowBlocks);
  await client.epoch(topic.id, nonce, { waitFor: 'rewards' });
}

describe("an account's commands on a whole network", () => {
  it('transfer once, however often they are sent', async () => {
    const before = await held(consumer!.address);
    const request = { to: consumer!.address, amountUallo: 3n * allo, requestId: 'rent' };
    const first = await client.transfer(holder!, request);
    expect(first).toMatchObject({ command: 'transfer', movedUallo: 3n * allo, dueHeight: null });
    expect(await client.transfer(holder!, request)).toEqual(first);
    expect(await held(consumer!.address)).toBe(before + 3n * allo);
    const another = client.transfer(holder!, { ...request, amountUallo: 4n * allo });
    await expect(another).rejects.toMatchObject({ code: 'CONFLICTING_REPEAT' });
    await expect(
      client.transfer(holder!, { to: consumer!.address, amountUallo: 10n ** 30n }),
    ).rejects.toMatchObject({ code: 'INSUFFICIENT_BALANCE' });
    await conserved();
  });

  it('stake, delegate and fund', async () => {
    await client.stakeValidator(validator!, { amountUallo: 1_000n * allo });
    await client.delegate(holder!, { ...place(), amountUallo: 2_000n * allo });
    await client.fundTopic(creator!, { topicId: topic.id, amountUallo: 5n * allo });
    await client.payInference(consumer!, { topicId: topic.id, amountUallo: 2n * allo });
    const state = await client.account(holder!.address);
    expect(state.delegations).toEqual([{ ...place(), amountUallo: 2_000n * allo, claimableUallo: 0n }]);
    expect((await client.account(validator!.address)).validator?.stakeUallo).toBe(1_000n * allo);
    const stakes = await client.stakes(topic.id);
    expect(stakes.find((one) => one.reputer === reputer!.address)).toMatchObject({
      ownUallo: 5_000n * allo,
      delegatedUallo: 2_000n * allo,
    });
    const { feeRevenueUallo, stakeUallo, active } = await client.topicEconomy(topic.id);
    expect(feeRevenueUallo).toBeGreaterThanOrEqual(7n * allo + 75_000n);
    expect([stakeUallo, active]).toEqual([12_000n * allo, true]);
    await conserved();
  });

  it("change a topic's settings, by its creator alone", async () => {
    const change = { topicId: topic.id, metadata: 'changed', params: { pNorm: 2.5 } };
    await expect(client.changeTopic(holder!, change)).rejects.toMatchObject({ code: 'NOT_THE_CREATOR' });
    const changed = await client.changeTopic(creator!, change);
    expect(changed).toMatchObject({ metadata: 'changed', lossMethod: 'mse' });
    expect(changed.params).toEqual({ ...topicParams, pNorm: 2.5 });
  });

  it('are paid, explained and worked out anew', async () => {
    const first = topic.createdHeight + 1;
    await playEpoch(first);
    const nonce = first + topicParams.epochLengthBlocks;
    await playEpoch(nonce);
    const { rewards } = await client.epoch(topic.id, nonce);
    for (const { address } of [...workers, reputer!]) {
      const explained = await client.explainRewards({ topicId: topic.id, nonce, address });
      const paid = rewards!.payments.filter(({ participant }) => participant === address);
      const sum = paid.reduce((total, { amountUallo }) => total + BigInt(amountUallo), 0n);
      expect(explained.paidUallo).toBe(sum);
    }
    const question = { topicId: topic.id, nonce, without: [workers[0]!.address] };
    const { actual, simulated, participants } = await client.simulateEpoch(question);
    expect(simulated.inference!.combined).not.toBe(actual.inference!.combined);
    expect(participants.find(({ participant }) => participant === workers[0]!.address)!.simulated).toBeNull();
    await conserved();
  });

  it('claim what was earned', async () => {
    const { delegations } = await client.account(holder!.address);
    expect(delegations[0]!.claimableUallo).toBeGreaterThan(0n);
    const claimed = await client.claimDelegationRewards(holder!, place());
    expect(claimed.movedUallo).toBe(delegations[0]!.claimableUallo);
    await expect(client.claimDelegationRewards(holder!, place())).rejects.toMatchObject({
      code: 'NOTHING_TO_CLAIM',
    });
    const { movedUallo } = await client.claimValidatorRewards(validator!);
    expect(movedUallo).toBeGreaterThan(0n);
    const { postings } = await client.statement(validator!.address, { limit: 1 });
    expect(postings).toMatchObject([{ kind: 'validator-claim', amountUallo: movedUallo }]);
    await conserved();
  });

  it('take stake out with a delay, or change their mind, and move it without one', async () => {
    const removal = await client.removeStake(holder!, { ...place(), amountUallo: 100n * allo });
    expect(removal.dueHeight).toBe(removal.height + 5);
    await client.cancelRemoval(holder!, place());
    await client.removeValidatorStake(validator!, { amountUallo: 100n * allo });
    expect((await client.account(validator!.address)).removals).toMatchObject([{ kind: 'validator' }]);
    await client.cancelValidatorRemoval(validator!);
    const move = { toTopicId: topic.id, toReputer: other!.address, amountUallo: 500n * allo };
    await client.redelegate(holder!, { ...place(), ...move });
    const { delegations, removals } = await client.account(holder!.address);
    expect(removals).toEqual([]);
    expect(delegations.map(({ amountUallo }) => amountUallo / allo).sort()).toEqual([1_500n, 500n]);
    await expect(client.cancelRemoval(holder!, place())).rejects.toMatchObject({ code: 'NO_REMOVAL' });
    const again = await client.removeStake(holder!, { ...place(), amountUallo: 100n * allo });
    const before = await held(holder!.address);
    await client.advanceClock(again.dueHeight!);
    await expect.poll(() => held(holder!.address), { timeout: 20_000 }).toBe(before + 100n * allo);
    await conserved();
  });

  it('slash, for an operator', async () => {
    const cut = { ...place(), partsPerMillion: 250_000 };
    await expect(client.slash(holder!, cut)).rejects.toMatchObject({ code: 'NOT_AN_OPERATOR' });
    const before = (await client.stakes(topic.id)).find((one) => one.reputer === reputer!.address)!;
    const { movedUallo } = await client.slash(operator, cut);
    const after = (await client.stakes(topic.id)).find((one) => one.reputer === reputer!.address)!;
    expect(before.stakeUallo - after.stakeUallo).toBe(movedUallo);
    expect(Number(movedUallo) / Number(before.stakeUallo)).toBeCloseTo(0.25, 6);
    await conserved();
  });
});
