import { busTopics } from '@allora/contracts/catalog';
import { EpochOutcome } from '@allora/contracts/gen/allora/reputation/v1/reputation';
import type { NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import { type Account, createAccount } from '@allora/identity/account';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Body, epochOf, lossesOf, stakeAll, toldOf } from './known-faults-epochs';
import { expectRefused, type FaultNetwork, jsonOf, startNetwork, topicParams } from './known-faults-network';

const { epochLengthBlocks: length, groundTruthLagBlocks, reputerWindowBlocks } = topicParams;

let network: FaultNetwork;
beforeAll(async () => {
  network = await startNetwork();
});
afterAll(async () => network?.close());

interface Players {
  readonly topicId: number;
  readonly firstNonce: number;
  readonly inferers: readonly Account[];
  readonly forecasters: readonly Account[];
  readonly honest: readonly Account[];
  readonly bad: readonly Account[];
}

async function gather(counts: { inferers: number; forecasters: number; honest: number; bad: number }) {
  const height = Number((await network.post('/v1/clock/advance', { height: nextHeight })).body['height']);
  const { topicId, firstNonce } = await network.createTopic({ allowNegative: true, maxActiveReputers: 32 });
  expect(firstNonce).toBe(height + 1);
  const players: Players = {
    ...{ topicId, firstNonce },
    inferers: await network.members('worker', [topicId], counts.inferers),
    forecasters: await network.members('worker', [topicId], counts.forecasters),
    honest: await network.members('reputer', [topicId], counts.honest),
    bad: await network.members('reputer', [topicId], counts.bad),
  };
  await stakeAll(network, topicId, [...players.honest, ...players.bad]);
  return players;
}
let nextHeight = 0;

const inferenceBody = (topicId: number, nonce: number, inferer: string, value: string): Body => ({
  $case: 'inference',
  value: { topicId, nonce, inferer, value },
});
const forecastBody = (
  topicId: number,
  nonce: number,
  forecaster: string,
  elements: readonly { inferer: string; value: string }[],
): Body => ({ $case: 'forecast', value: { topicId, nonce, forecaster, elements: [...elements] } });

/** Workers answer, reputers judge, everything closes; `mischief` comes between the honest reputers' losses. */
async function playEpoch(
  players: Players,
  epoch: number,
  tricks: {
    readonly inference?: (n: number) => string;
    readonly mischief?: (path: string, nonce: number) => Promise<void>;
  } = {},
): Promise<number> {
  const { topicId, firstNonce, inferers, forecasters, honest } = players;
  // Nobody speaks in the epoch between two: it is over before the losses of the first are in.
  const nonce = firstNonce + 2 * epoch * length;
  await network.advance(nonce);
  const path = `/v1/topics/${topicId}`;
  for (const [n, by] of inferers.entries()) {
    const value = tricks.inference?.(n) ?? String(10 + n);
    const sent = await network.post(
      `${path}/inferences`,
      jsonOf(by, inferenceBody(topicId, nonce, by.address, value)),
    );
    expect(sent).toMatchObject({ status: 202 });
  }
  for (const by of forecasters) {
    const elements = inferers.map(({ address }, n) => ({ inferer: address, value: String(-n / 10) }));
    const body = forecastBody(topicId, nonce, by.address, elements);
    expect(await network.post(`${path}/forecasts`, jsonOf(by, body))).toMatchObject({ status: 202 });
  }
  await network.advance(nonce + length);
  const facts = await epochOf(network, topicId, nonce, 'inference');
  for (const [n, by] of honest.entries()) {
    if (n === 1) await tricks.mischief?.(`${path}/losses`, nonce);
    const body = lossesOf(
      facts,
      { topicId, nonce, reputer: by.address },
      (place) => `-0.${place.length + n}5`,
    );
    expect(await network.post(`${path}/losses`, jsonOf(by, body))).toMatchObject({ status: 202 });
  }
  nextHeight = nonce + Math.max(length, groundTruthLagBlocks) + reputerWindowBlocks;
  await network.advance(nextHeight);
  await epochOf(network, topicId, nonce, 'rewards');
  return nonce;
}

/** Every number of a message, also inside lists of messages. */
function numbersOf(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(numbersOf);
}

async function expectSettled(
  { topicId, firstNonce, honest }: Players,
  nonce: number,
): Promise<NetworkInference> {
  const at = <T extends { nonce: number }>(told: { messages: T[] }) =>
    told.messages.find((one) => one.nonce === nonce)!;
  const inference = at(await toldOf(network, busTopics.networkInferences, topicId));
  const losses = at(await toldOf(network, busTopics.networkLosses, topicId));
  const scores = at(await toldOf(network, busTopics.epochScores, topicId));
  const rewards = at(await toldOf(network, busTopics.epochRewards, topicId));
  expect(losses.outcome).toBe(EpochOutcome.SCORED);
  expect(scores.outcome).toBe(EpochOutcome.SCORED);
  for (const message of [inference, losses, scores, rewards])
    expect(numbersOf(message).filter((number) => !Number.isFinite(number))).toEqual([]);
  // Of a first epoch nobody is paid: there are no one-out losses to score by.
  if (nonce === firstNonce) return inference;
  const paid = new Set(rewards.payments.map(({ participant }) => participant));
  for (const { address } of honest) expect(paid, 'an honest reputer').toContain(address);
  return inference;
}

describe('one bad reputer', () => {
  const anyone = createAccount().address;
  const extremes = [
    '1.7976931348623157e308',
    '-1.7976931348623157e308',
    '5e-324',
    '0',
    `${'9'.repeat(38)}e270`,
  ];

  it('in a bulk request voids neither the others nor the epoch', async () => {
    const players = await gather({ inferers: 3, forecasters: 1, honest: 3, bad: 8 });
    const { topicId, bad, inferers } = players;
    const one = inferers[0]!.address;
    const losses = (reputer: Account, nonce: number, change: object) => ({
      ...jsonOf(reputer, {
        $case: 'loss',
        value: { ...empty, topicId, nonce, reputer: reputer.address, combined: '1', naive: '1', ...change },
      }),
    });
    const twice = [
      { worker: one, value: '1' },
      { worker: one, value: '-9' },
    ];
    await playEpoch(players, 0);
    const nonce = await playEpoch(players, 1, {
      mischief: async (path, nonce) => {
        const [a, b, c, d, e, f, g, h] = bad as Account[];
        const items = [
          losses(a!, nonce, { combined: 'NaN' }),
          losses(b!, nonce, { inferers: twice }),
          losses(c!, nonce, {}),
          { ...losses(d!, nonce, {}), reputer: players.honest[0]!.address },
          losses(e!, nonce, { inferers: [{ worker: anyone, value: '-300' }] }),
          losses(f!, nonce, { oneOutInfererForecasters: [{ forecaster: one, oneOutInferers: twice }] }),
          losses(g!, nonce + 1, {}),
          'losses',
          losses(h!, nonce, { combined: '1e400' }),
        ];
        const { status, body } = await network.post(`${path}/bulk`, { items });
        expect(status).toBe(200);
        const results = body['results'] as { status: number; problem?: { code: string } }[];
        expect(results.map((result) => result.problem?.code ?? result.status)).toEqual([
          ...['VALUE_NOT_ALLOWED', 'DUPLICATE_ELEMENT', 202, 'BAD_SIGNATURE', 202, 'DUPLICATE_ELEMENT'],
          ...['WINDOW_CLOSED', 'MALFORMED', 'VALUE_NOT_ALLOWED'],
        ]);
      },
    });
    await expectSettled(players, nonce);
  });

  it.each<[string, (n: number) => string]>([
    ['each at another end of the doubles', (n) => extremes[n]!],
    ['all at the same end, and more than the honest ones', () => extremes[0]!],
  ])('and its like, %s, leave the epoch finite, scored and paid', async (_, extremeOf) => {
    const players = await gather({ inferers: 3, forecasters: 2, honest: 3, bad: extremes.length });
    const { topicId, bad } = players;
    for (const epoch of [0, 1]) {
      const nonce = await playEpoch(players, epoch, {
        mischief: async (path, nonce) => {
          const facts = await epochOf(network, topicId, nonce, 'inference');
          for (const [n, by] of bad.entries()) {
            const body = lossesOf(facts, { topicId, nonce, reputer: by.address }, () => extremeOf(n));
            expect(await network.post(path, jsonOf(by, body))).toMatchObject({ status: 202 });
          }
        },
      });
      await expectSettled(players, nonce);
    }
  });

  const empty = {
    ...{ inferers: [], forecasters: [], oneOutInferers: [], oneOutForecasters: [] },
    ...{ oneInForecasters: [], oneOutInfererForecasters: [] },
  };
});

describe('inferers at the ends of the doubles', () => {
  it.each<[string, string[]]>([
    ['all at the upper end', ['1.7976931348623157e308']],
    ['at both ends', ['1.7976931348623157e308', '-1.7976931348623157e308', '1']],
    ['at the smallest', ['5e-324', '0', '1e-308']],
  ])('%s: the answer stays finite and among theirs', async (_, values) => {
    const players = await gather({ inferers: 4, forecasters: 2, honest: 2, bad: 0 });
    const given = players.inferers.map((_, n) => values[n % values.length]!);
    for (const epoch of [0, 1]) {
      const nonce = await playEpoch(players, epoch, { inference: (n) => given[n]! });
      const { combined } = await expectSettled(players, nonce);
      expect(combined).toBeLessThanOrEqual(Math.max(...given.map(Number)));
      expect(combined).toBeGreaterThanOrEqual(Math.min(...given.map(Number)));
    }
  });
});

describe('a forecast that names an inferer twice', () => {
  it('is refused at every door, and so steers nothing', async () => {
    const players = await gather({ inferers: 2, forecasters: 1, honest: 2, bad: 0 });
    const { topicId, forecasters, inferers } = players;
    const by = forecasters[0]!;
    const [one, other] = inferers.map(({ address }) => address) as [string, string];
    const nonce = players.firstNonce;
    await network.advance(nonce);
    const path = `/v1/topics/${topicId}/forecasts`;
    const of = (...elements: [string, string][]) =>
      jsonOf(
        by,
        forecastBody(
          topicId,
          nonce,
          by.address,
          elements.map(([inferer, value]) => ({ inferer, value })),
        ),
      );
    const twice = { status: 422, code: 'DUPLICATE_ELEMENT' };
    for (const forecast of [of([one, '1'], [other, '1'], [one, '-9']), of([one, '1'], [one, '1'])]) {
      await expectRefused(network, () => network.post(path, forecast), twice);
      const bulk = await network.post(`${path}/bulk`, { items: [forecast] });
      expect(bulk.body['results']).toMatchObject([{ status: 422, problem: { code: 'DUPLICATE_ELEMENT' } }]);
    }
    const disguised = of([one, '1'], [one.toUpperCase(), '-9']);
    await expectRefused(network, () => network.post(path, disguised), { status: 400, code: 'MALFORMED' });
    const settled = await playEpoch(players, 0);
    const { messages } = await toldOf(network, busTopics.forecastSets, topicId);
    const elements = messages.flatMap(({ forecasts }) => forecasts.flatMap((forecast) => forecast.elements));
    expect(elements.map(({ inferer }) => inferer)).toEqual([one, other]);
    await expectSettled(players, settled);
  });
});
