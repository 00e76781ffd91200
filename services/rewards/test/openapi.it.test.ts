import 'reflect-metadata';
import { busTopics } from '@allora/contracts/catalog';
import { ForecastSet } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import { EpochOutcome } from '@allora/contracts/gen/allora/reputation/v1/reputation';
import { EpochPhase } from '@allora/contracts/gen/allora/topics/v1/topics';
import { type Account, createAccount } from '@allora/identity/account';
import type { AccountCommandName } from '@allora/public-api/account-commands';
import { allRoutes } from '@allora/public-api/all-routes';
import { openApiDocument } from '@allora/public-api/document';
import { frameworkPath } from '@allora/public-api/route';
import type { Document } from '@allora/public-api/testing/openapi-answers';
import { Contract } from '@allora/public-api/testing/openapi-contract';
import type { Vocabulary } from '@allora/public-api/testing/openapi-requests';
import { isPublic, servedRoutes } from '@allora/public-api/testing/served-routes';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { testAccount } from '../src/genesis-file';
import { type ComputedEpoch, computedEpoch, keepersOf } from './computed-epoch';
import { ALLO, epochEvent } from './fixtures';
import { type CommandBody, RewardsApp, signedCommand, stakeBody, topicNamed } from './rewards-app';

const SEED = 20261123;
const RUNS = 20;
const anna = createAccount();
const bert = createAccount();
const poor = createAccount();
const operator = testAccount('operator');
const workers = Array.from({ length: 5 }, () => createAccount().address);
const kept: ComputedEpoch[] = [];
const routes = servedRoutes();

const ownRoutes = allRoutes.filter(({ servedBy }) => servedBy === 'rewards');
const document = JSON.parse(JSON.stringify(openApiDocument({ routes: allRoutes, version: '1' }))) as Document;

let rewardsApp: RewardsApp;
let contract: Contract;

beforeAll(async () => {
  rewardsApp = await RewardsApp.start({
    genesis: { blocksPerMonth: 50 },
    topics: [topicNamed(1, '75000'), topicNamed(2, '75000')],
    settings: { faucet: 'open', synthesisGrpcAddress: 'self', reputationGrpcAddress: 'self' },
    neighbours: [...keepersOf(kept), routes.module],
  });
  await fillAccounts();
  await fillEpochs();
  contract = new Contract({
    document,
    baseUrl: rewardsApp.app.httpUrl,
    seed: SEED,
    runs: RUNS,
    ...vocabulary,
  });
});

afterAll(() => rewardsApp?.close());

/** Something of everything that an account may hold or owe. */
async function fillAccounts(): Promise<void> {
  for (const account of [anna, bert, operator]) await rewardsApp.give(account.address, 1_000n * ALLO);
  const amountUallo = (3n * ALLO).toString();
  const place = { topicId: 1, reputer: anna.address };
  const commands: [Account, CommandBody][] = [
    [bert, { $case: 'delegate', value: { ...place, amountUallo } }],
    [anna, { $case: 'stakeValidator', value: { amountUallo } }],
    [anna, { $case: 'removeStake', value: { ...place, amountUallo } }],
    [bert, { $case: 'removeStake', value: { ...place, amountUallo: '7' } }],
    [anna, { $case: 'removeValidatorStake', value: { amountUallo: '7' } }],
    [bert, { $case: 'fundTopic', value: { topicId: 1, amountUallo } }],
  ];
  for (const [account, amount] of [
    [anna, 40n],
    [bert, 5n],
  ] as const)
    expect((await rewardsApp.stake(1, account, amount * ALLO, 'a')).status).toBe(201);
  for (const [account, command] of commands)
    expect([command.$case, (await rewardsApp.command(account, command)).status]).toEqual([
      command.$case,
      201,
    ]);
  const forecasts = [{ topicId: 1, nonce: 5, forecaster: poor.address, elements: [] }];
  const set = ForecastSet.fromPartial({ topicId: 1, nonce: 5, forecasts });
  await rewardsApp.inferenceIngest.append(busTopics.forecastSets, [set]);
  await vi.waitFor(async () => expect(await rewardsApp.app.database.prisma.submissionFees.count()).toBe(1));
  await rewardsApp.blocks(50, [{ topicId: 1, nonce: 5 }]);
  expect(await rewardsApp.get(`/v1/accounts/${poor.address}`)).toMatchObject({ owedFees: [{}] });
}

/** An epoch that was paid, and one that nobody was scored in. */
async function fillEpochs(): Promise<void> {
  await rewardsApp.blocks(100);
  const computed = computedEpoch(await rewardsApp.open(1, 100), workers);
  kept.push(computed);
  await rewardsApp.coordinator.append(busTopics.epochs, [epochEvent(EpochPhase.REPUTER_WINDOW_CLOSED, 100)]);
  await rewardsApp.blocks(110, [{ topicId: 1, nonce: 100 }]);
  await rewardsApp.reputation.append(busTopics.epochScores, [computed.scores]);
  expect((await rewardsApp.rewardsOf(1, 100)).payments.length).toBeGreaterThan(5);
  await rewardsApp.open(1, 110, 100);
  await rewardsApp.settle(1, 110, { settledNonce: 100, outcome: EpochOutcome.NO_LOSSES });
}

const accounts = new Map([anna, bert, operator].map((account) => [account.address, account]));
const reputers = [anna.address, bert.address];

const vocabulary: Vocabulary = {
  known: {
    id: ['1', '2', '77', '4'],
    topicId: ['1', '2', '77', '4'],
    toTopicId: ['1', '2'],
    nonce: ['100', '110', '120'],
    'explainRewards.id': ['1'],
    'explainRewards.address': [...workers, ...reputers, poor.address],
    'simulateEpoch.topicId': ['1'],
    'simulateEpoch.nonce': ['100', '100', '110'],
    'simulateEpoch.without': [...workers, ...reputers],
    address: [...reputers, operator.address, poor.address, workers[0]!, createAccount().address],
    amountUallo: ['1', '1000', ALLO.toString()],
  },
  dress(operationId, body, path) {
    const fields = body as Record<string, unknown>;
    const account = accounts.get(String(fields.author ?? fields.reputer)) ?? anna;
    if (operationId === 'executeCommand') {
      const [[name, value]] = Object.entries(fields.command as object) as [[AccountCommandName, object]];
      const command = { $case: name, value } as CommandBody;
      return signedCommand(account, command, String(fields.requestId)).json;
    }
    if (operationId === 'depositStake')
      return stakeBody(Number(path.id), account, BigInt(String(fields.amountUallo)), String(fields.requestId))
        .json;
    if (operationId !== 'simulateEpoch') return body;
    // Keys of the generated record are of no address.
    const stakes = Object.values((fields.stakes ?? {}) as object).slice(0, reputers.length);
    const without = ((fields.without ?? []) as string[]).slice(0, 2);
    return { ...fields, without, stakes: Object.fromEntries(stakes.map((stake, i) => [reputers[i], stake])) };
  },
};

describe('the document', () => {
  it('has every route that is served, and no other of this service', () => {
    const documented = ownRoutes.map((shape) => `${shape.method} ${frameworkPath(shape)}`);
    expect(routes.served.filter(isPublic).sort()).toEqual(documented.sort());
  });
});

describe.each(ownRoutes.map((shape) => [shape.id, shape] as const))('%s', (_id, shape) => {
  it('answers requests of the documented form as documented', async () => {
    const [success] = Object.keys(shape.answers).map(Number);
    expect(await contract.holdsForValid(shape)).toContain(success);
  });

  it('refuses others as documented', () => contract.refusesBroken(shape));
});
