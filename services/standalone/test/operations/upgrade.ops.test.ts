import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serviceNames } from '../../demo/network';
import { topicParams } from '../../demo/set-up';
import { Fleet, type Release } from './fleet';
import { givenUp } from './given-up';
import { previousCommit, previousRelease } from './releases';
import { Stage } from './stage';
import { Traffic } from './traffic';

const INFERERS = 11;
const EPOCHS_SIDE_BY_SIDE = 2;
const AT_ONCE = 3;

const stage = new Stage();
let current: Release;
let previous: Release | undefined;
let fleet: Fleet;
let traffic: Traffic;

/** In the order of a first installation: replicas 1 of the release before, then replicas 2 of this one, which migrate. */
beforeAll(async () => {
  current = stage.currentRelease();
  previous = await previousRelease();
  fleet = await Fleet.open({ parts: await stage.parts(), logDir: stage.dir, replicas: 2 });
  stage.onClose(() => fleet.close());
  const [first, second] = [1, 2].map((n) => fleet.replicas.filter(({ name }) => name.endsWith(`-${n}`)));
  await fleet.startAll(previous ?? current, first);
  traffic = await Traffic.start(fleet);
  await fleet.startAll(current, second);
}, 300_000);

afterAll(() => stage.close(), 120_000);

describe('an upgrade by day', () => {
  it('runs this version beside the one before it, on one database and one log', async (context) => {
    stage.keepLogsOfFailure();
    if (!previous) return context.skip(`${previousCommit} is not in this clone: git fetch --unshallow`);
    await traffic.settle(EPOCHS_SIDE_BY_SIDE);
    expect(traffic.failures).toEqual([]);
    expect(await givenUp(fleet)).toEqual([]);
  }, 120_000);

  it('restarts every replica under load: nothing is lost, and no call fails that the SDK would not repeat', async () => {
    stage.keepLogsOfFailure();
    await rollAll();
    await traffic.stop();

    expect(traffic.failures).toEqual([]);
    // 0: whatever was under way was finished, and nothing cut off.
    expect(fleet.replicas.flatMap(({ exitCodes }) => exitCodes)).toEqual(fleet.replicas.map(() => 0));
    await expectEpochs();
    await expectPayments();
    expect(await givenUp(fleet)).toEqual([]);
  }, 300_000);
});

/** All services at once, as an upgrade does it, as many as a small machine starts; of each service one replica after another. */
async function rollAll(): Promise<void> {
  const waiting = [...serviceNames];
  const work = async (): Promise<void> => {
    for (let service = waiting.shift(); service !== undefined; service = waiting.shift())
      for (const replica of fleet.replicasOf(service)) await fleet.roll(replica, current);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

/** Each with everybody who was sent, told once, paid. */
async function expectEpochs(): Promise<void> {
  const { client, topicId, epochs, told } = traffic;
  const nonces = epochs.map(({ nonce }) => nonce);
  expect(nonces).toEqual(nonces.map((_, n) => nonces[0]! + n * topicParams.epochLengthBlocks));
  let paid = 0;
  for (const nonce of nonces) {
    const { inference, rewards } = await client.epoch(topicId, nonce);
    expect(inference?.inferers, `inferers of ${nonce}`).toHaveLength(INFERERS);
    expect(rewards, `rewards of ${nonce}`).not.toBeNull();
    if (rewards!.payments.length > 0) paid += 1;
  }
  // Nothing is paid before the first regrets and the first removal of the emission's pool.
  expect(paid).toBeGreaterThan(nonces.length - 3);
  // The stream may have told the epoch behind the last settled one.
  expect(told.slice(0, nonces.length)).toEqual(nonces);
  expect(new Set(told).size).toBe(told.length);
}

/** Each transfer once, and each registration there. */
async function expectPayments(): Promise<void> {
  const { client, payee, paidUallo, registered } = traffic;
  expect((await client.account(payee.address)).balanceUallo).toBe(paidUallo);
  for (const { address } of registered) {
    const { registrations } = await client.participants(address);
    expect(registrations, address).toHaveLength(1);
  }
}
