import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AnsweringServer, json } from '../test/answering-server';
import { type AlloraClient, createClient } from './client';

let server: AnsweringServer;
let client: AlloraClient;

beforeEach(async () => {
  server = new AnsweringServer();
  await server.open();
  client = createClient({ baseUrl: server.url, chainId: 'test-1', random: () => 0 });
});
afterEach(() => server.close());

const large = '359500000123456789012345678';
const whole = BigInt(large);
const stake = { ownUallo: '1', delegatedUallo: '2', stakeUallo: '3' };

describe('an account', () => {
  const removal = { kind: 'validator', topicId: null, reputer: null, amountUallo: '4' };
  const account = {
    address: 'allo1a',
    balanceUallo: large,
    stakes: [{ topicId: 1, ...stake }],
    delegations: [{ topicId: 1, reputer: 'allo1r', amountUallo: '7', claimableUallo: '0' }],
    removals: [{ ...removal, requestedHeight: 5, dueHeight: 26 }],
    validator: { stakeUallo: '8', claimableUallo: '9' },
    owedFees: [{ topicId: 1, amountUallo: '10' }],
  };

  it('is read to the last uallo', async () => {
    server.answers = [json(200, account)];
    expect(await client.account('allo1a')).toEqual({
      address: 'allo1a',
      balanceUallo: whole,
      stakes: [{ topicId: 1, ownUallo: 1n, delegatedUallo: 2n, stakeUallo: 3n }],
      delegations: [{ topicId: 1, reputer: 'allo1r', amountUallo: 7n, claimableUallo: 0n }],
      removals: [{ ...removal, amountUallo: 4n, requestedHeight: 5, dueHeight: 26 }],
      validator: { stakeUallo: 8n, claimableUallo: 9n },
      owedFees: [{ topicId: 1, amountUallo: 10n }],
    });
    expect(server.seen[0]).toMatchObject({ method: 'GET', path: '/v1/accounts/allo1a' });
  });

  it('with an amount that is a number is not believed: it may have been rounded', async () => {
    server.answers = [json(200, { ...account, balanceUallo: 359500000123456789012345678 })];
    await expect(client.account('allo1a')).rejects.toMatchObject({ code: 'UNREADABLE_ANSWER' });
  });

  it('has a statement, page by page', async () => {
    const posting = { transferId: 9, kind: 'transfer', topicId: null, nonce: null, account: 'participant:a' };
    server.answers = [
      json(200, { address: 'a', postings: [{ ...posting, amountUallo: '-5', atMs: 1 }], before: 9 }),
      json(200, { address: 'a', postings: [], before: null }),
    ];
    const first = await client.statement('a', { limit: 1 });
    expect(first).toEqual({ address: 'a', postings: [{ ...posting, amountUallo: -5n, atMs: 1 }], before: 9 });
    await client.statement('a', { limit: 1, before: first.before! });
    const paths = server.seen.map(({ path }) => path);
    expect(paths).toEqual(['/v1/accounts/a/postings?limit=1', '/v1/accounts/a/postings?before=9&limit=1']);
  });
});

describe('the economy', () => {
  it('has a supply', async () => {
    const names = ['total', 'circulating', 'staked', 'locked', 'treasury', 'genesis', 'emitted', 'mintable'];
    const amounts = [...names, 'max', 'minted', 'held', 'conservationError'].map((name) => `${name}Uallo`);
    const supply = (of: unknown) => ({
      height: 60,
      ...Object.fromEntries(amounts.map((name) => [name, of])),
    });
    server.answers = [json(200, supply(large))];
    expect(await client.supply()).toEqual(supply(whole));
  });

  it('has its months', async () => {
    const amounts = ['emission', 'blockEmission', 'staked', 'circulating', 'lockedVesting', 'treasury'];
    const month = (of: unknown) => ({
      ...Object.fromEntries([...amounts, 'ecosystemMinted'].map((name) => [`${name}Uallo`, of])),
      ...{ height: 31, month: 1, rate: '0.014973000000000001', reputersPercent: '0.3' },
    });
    const now = { height: 60, blocksPerMonth: 30 };
    const answer = { ...now, blockEmissionUallo: '5', ecosystemMintedUallo: '6', months: [month(large)] };
    server.answers = [json(200, answer)];
    expect(await client.emission({ months: 96 })).toEqual({
      ...now,
      ...{ blockEmissionUallo: 5n, ecosystemMintedUallo: 6n, months: [month(whole)] },
    });
    await client.emission();
    expect(server.seen.map(({ path }) => path)).toEqual(['/v1/emission?months=96', '/v1/emission']);
  });

  it('has its topics and who staked on them', async () => {
    const topic = { topicId: 3, creator: 'c', epochLengthBlocks: 10, weight: null, active: true };
    const rest = { takenNonce: 0, paidNonce: 0, totalWeight: 1.5, height: 4 };
    server.answers = [
      json(200, { ...topic, ...rest, feeRevenueUallo: '75000', stakeUallo: large }),
      json(200, { topicId: 3, reputers: [{ reputer: 'r', ...stake }] }),
    ];
    expect(await client.topicEconomy(3)).toEqual({
      ...{ ...topic, ...rest, feeRevenueUallo: 75_000n, stakeUallo: whole },
    });
    expect(await client.stakes(3)).toEqual([
      { reputer: 'r', ownUallo: 1n, delegatedUallo: 2n, stakeUallo: 3n },
    ]);
    expect(server.seen.map(({ path }) => path)).toEqual(['/v1/topics/3/economy', '/v1/topics/3/stakes']);
  });
});

describe('a payment', () => {
  it('is explained', async () => {
    const amounts = { paidUallo: '7', withheldUallo: '0', delegatorsUallo: '1' };
    const step = { name: 'gross', formula: 'f x W', section: 9, text: 't' };
    const inputs = { fraction: 0.5, list: [1, 2], none: null, due: large };
    const role = { role: 'reputer', unpaid: null, text: 'It earned 7 uallo.' };
    server.answers = [
      json(200, {
        ...{ topicId: 3, nonce: 11, address: 'a', result: 'paid', emissionUallo: large, ...amounts },
        roles: [{ ...role, ...amounts, steps: [{ ...step, inputs, value: '7' }] }],
      }),
    ];
    const explained = await client.explainRewards({ topicId: 3, nonce: 11, address: 'a' });
    expect(explained).toMatchObject({ emissionUallo: whole, paidUallo: 7n, delegatorsUallo: 1n });
    expect(explained.roles[0]).toMatchObject({ ...role, paidUallo: 7n, steps: [{ ...step, inputs }] });
    expect(server.seen[0]!.path).toBe('/v1/topics/3/epochs/11/rewards/a');
  });

  it('is worked out anew with something changed', async () => {
    const rewards = {
      ...{ result: 'paid', chi: 0.1, gamma: 1, inferenceTaskRewardUallo: 1.5 },
      ...{ forecastingTaskRewardUallo: 0, reputationTaskRewardUallo: 2.5, paidUallo: '4' },
    };
    const side = { inference: null, losses: null, outcome: 'EPOCH_OUTCOME_SCORED', rewards };
    const standing = {
      ...{ weight: 0.5, loss: -1, oneOutLoss: null, score: 2, listeningCoefficient: null },
      ...{ amountUallo: large, delegatorsUallo: '0' },
    };
    const difference = { score: null, amountUallo: `-${large}`, delegatorsUallo: '0' };
    const who = { participant: 'w', role: 'inferer' };
    server.answers = [
      json(200, {
        ...{ topicId: 3, nonce: 11, emissionUallo: '9', recoveredTruth: null, actual: side, simulated: side },
        ...{ participants: [{ ...who, actual: standing, simulated: null, difference }], notes: ['n'] },
      }),
    ];
    const question = { topicId: 3, nonce: 11, without: ['w'], pNorm: 2.5, stakes: { r: whole } };
    const { simulated, participants } = await client.simulateEpoch(question);
    expect(simulated.rewards.paidUallo).toBe(4n);
    expect(participants[0]).toMatchObject({ ...who, simulated: null, difference: { amountUallo: -whole } });
    expect(JSON.parse(server.seen[0]!.text)).toEqual({ ...question, stakes: { r: large } });
    expect(server.seen[0]).toMatchObject({ method: 'POST', path: '/v1/simulate/epoch' });
  });
});
