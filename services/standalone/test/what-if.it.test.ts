import 'reflect-metadata';
import { createAccount } from '@allora/identity/account';
import { openApiDocument } from '@allora/public-api/document';
import { explainRewards, simulateEpoch } from '@allora/public-api/routes/past-epochs';
import { AnswerCheck, type Document, operationsOf } from '@allora/public-api/testing/openapi-answers';
import { type RunningApp, startApp } from '@allora/service-kit/app';
import { createClient, type AlloraClient } from '@allora/sdk/client';
import { createTestDatabase, type TestDatabase } from '@allora/store/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCast } from '../demo/cast';
import { runDemo } from '../demo/run-demo';
import type { EpochReport } from '../demo/report';
import { standaloneConfig } from '../src/config';
import { allModules } from '../src/modules';

const chainId = 'allora-test-1';
const SEED = '11';
/** Workers count as experienced after ten payments: the last epochs are weighted by regrets. */
const EPOCHS = 15;
const cast = createCast(SEED);
const addressOf = (name: string): string =>
  [...cast.inferers, ...cast.forecasters, ...cast.reputers].find((one) => one.name === name)!.account.address;

let database: TestDatabase;
let app: RunningApp;
let client: AlloraClient;
let topicId: number;
const reports: EpochReport[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  const parsed = standaloneConfig.parse({
    ...{ databaseUrl: database.url, databasePoolSize: 30, chainId, clock: 'manual', faucet: 'open' },
    ...{ httpPort: 0, grpcPort: 0, httpHost: '127.0.0.1', grpcHost: '127.0.0.1', logLevel: 'fatal' },
  });
  const config = { ...parsed, databaseUrl: database.url };
  app = await startApp({ name: 'standalone', config, modules: allModules(config) });
  client = createClient({ baseUrl: app.httpUrl, chainId });
  await runDemo({
    client,
    epochs: EPOCHS,
    seed: SEED,
    onTopic: (id) => {
      topicId = id;
    },
    onEpoch: (report) => void reports.push(report),
  });
});

afterAll(async () => {
  await app?.close();
  await database?.drop();
});

interface Side {
  inference: { mode: string; combined: number; confidenceValues: number[] } | null;
  losses: { combined: number; naive: number } | null;
  outcome: string;
  rewards: { result: string; paidUallo: string; inferenceTaskRewardUallo: number };
}
interface Standing {
  score: number | null;
  weight: number | null;
  amountUallo: string;
}
interface Simulation {
  emissionUallo: string;
  recoveredTruth: {
    lossMethod: string;
    reputers: { reputer: string; truth: number; spread: number; losses: number }[];
  } | null;
  actual: Side;
  simulated: Side;
  difference: Record<'combined' | 'naive' | 'combinedLoss' | 'naiveLoss', number | null> & {
    paidUallo: string;
  };
  participants: {
    participant: string;
    role: string;
    actual: Standing;
    simulated: Standing | null;
    difference: { score: number | null; amountUallo: string };
  }[];
}
interface Explained {
  paidUallo: string;
  withheldUallo: string;
  emissionUallo: string;
  roles: {
    role: string;
    paidUallo: string;
    delegatorsUallo: string;
    unpaid: { code: string } | null;
    steps: { name: string; value: unknown; text: string }[];
  }[];
}

const routes = [explainRewards, simulateEpoch];
const document = JSON.parse(JSON.stringify(openApiDocument({ routes, version: '1' }))) as Document;
const operations = new Map(operationsOf(document).map((each) => [each.operationId, each]));
const check = new AnswerCheck(document);

/** Held against what the API's document says of it, too. */
async function answer<T>(path: string, body?: unknown): Promise<{ status: number; body: T }> {
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
  const response = await fetch(app.httpUrl + path, body === undefined ? {} : init);
  const asked = operations.get(body === undefined ? 'explainRewards' : 'simulateEpoch')!;
  expect(await check.fault(asked, response.clone())).toBeUndefined();
  return { status: response.status, body: (await response.json()) as T };
}

const ask = (nonce: number, change: object) =>
  answer<Simulation>('/v1/simulate/epoch', { topicId, nonce, ...change });

async function simulated(nonce: number, change: object): Promise<Simulation> {
  const { status, body } = await ask(nonce, change);
  expect(status, JSON.stringify(body).slice(0, 400)).toBe(200);
  return body;
}

const explain = (nonce: number, address: string) =>
  answer<Explained>(`/v1/topics/${topicId}/epochs/${nonce}/rewards/${address}`);

const lastNonce = (): number => reports.at(-1)!.nonce;
const find = ({ participants }: Simulation, name: string) =>
  participants.find(({ participant }) => participant === addressOf(name))!;

describe('the explanation of a payment', () => {
  it('adds up to what was paid, for everyone in every epoch', async () => {
    let paid = 0;
    for (const { nonce } of reports) {
      const { rewards, scores } = await client.epoch(topicId, nonce);
      const scored = new Set([
        ...[...scores!.inferers, ...scores!.forecasters].map(({ participant }) => participant),
        ...scores!.reputers.map(({ reputer }) => reputer),
      ]);
      let explainedUallo = 0n;
      for (const { account } of [...cast.inferers, ...cast.forecasters, ...cast.reputers]) {
        const { status, body } = await explain(nonce, account.address);
        if (!scored.has(account.address)) {
          // Before the first network loss there is no forecast-implied inference.
          expect({ nonce, status }).toEqual({ nonce: reports[0]!.nonce, status: 404 });
          continue;
        }
        expect(status, JSON.stringify(body)).toBe(200);
        const due = rewards!.payments.filter(({ participant }) => participant === account.address);
        const dueUallo = due.reduce((sum, { amountUallo }) => sum + BigInt(amountUallo), 0n);
        expect(BigInt(body.paidUallo) + BigInt(body.withheldUallo)).toBe(dueUallo);
        explainedUallo += dueUallo + body.roles.reduce((sum, one) => sum + BigInt(one.delegatorsUallo), 0n);
        for (const role of body.roles) {
          expect(role.unpaid === null).toBe(BigInt(role.paidUallo) > 0n);
          if (role.unpaid === null)
            expect(role.steps.at(-1)).toMatchObject({ name: 'paid', value: role.paidUallo });
        }
        if (dueUallo > 0n) paid += 1;
      }
      expect(explainedUallo + BigInt(rewards!.dustUallo)).toBeLessThanOrEqual(BigInt(rewards!.emissionUallo));
    }
    expect(paid).toBeGreaterThan(EPOCHS * 5);
  });

  it('knows neither epochs that are not settled nor strangers', async () => {
    const { address } = createAccount();
    expect(await explain(lastNonce(), address)).toMatchObject({
      status: 404,
      body: { code: 'UNKNOWN_PARTICIPANT' },
    });
    expect(await explain(999_999, address)).toMatchObject({ status: 404, body: { code: 'UNKNOWN_EPOCH' } });
    expect(await explain(lastNonce(), 'nobody')).toMatchObject({ status: 400, body: { code: 'MALFORMED' } });
  });
});

describe('what if', () => {
  it('nothing had been different: every epoch again, to the bit', async () => {
    const modes = new Set<string>();
    for (const { nonce } of reports) {
      const same = await simulated(nonce, {});
      expect(same.simulated).toEqual(same.actual);
      expect(same.recoveredTruth).toBeNull();
      const { inference, scores, losses, rewards } = await client.epoch(topicId, nonce);
      expect(same.actual.inference?.combined).toBe(inference!.combined);
      expect(same.actual.inference?.confidenceValues).toEqual(inference!.confidenceValues);
      expect(same.actual.losses?.combined).toBe(losses!.losses!.combined);
      for (const { participant, role, actual } of same.participants) {
        const told =
          role === 'reputer'
            ? scores!.reputers.find(({ reputer }) => reputer === participant)
            : scores![role === 'inferer' ? 'inferers' : 'forecasters'].find(
                (one) => one.participant === participant,
              );
        expect(actual.score).toBe(told?.score ?? null);
      }
      const told = rewards!.payments.reduce((sum, { amountUallo }) => sum + BigInt(amountUallo), 0n);
      expect(BigInt(same.actual.rewards.paidUallo)).toBe(told);
      modes.add(same.actual.inference!.mode);
    }
    expect([...modes].sort()).toEqual(['all_new', 'median', 'weighted']);
  });

  it('a worker had not been there', async () => {
    const without = [addressOf('gambler')];
    const answer = await simulated(lastNonce(), { without });
    expect(find(answer, 'gambler')).toMatchObject({ simulated: null, difference: { score: null } });
    expect(answer.difference.combined).not.toBe(0);
    expect(answer.recoveredTruth!.reputers.map(({ reputer }) => reputer).sort()).toEqual(
      cast.reputers.map(({ account }) => account.address).sort(),
    );
    const close = (name: string): number =>
      answer.recoveredTruth!.reputers.find(({ reputer }) => reputer === addressOf(name))!.truth;
    expect(Math.abs(close('full-quote') - close('cent-quote'))).toBeLessThan(0.01);
    expect(close('liar') / close('full-quote')).toBeCloseTo(1.02, 6);
    expect(BigInt(answer.simulated.rewards.paidUallo)).toBeLessThanOrEqual(BigInt(answer.emissionUallo));
    const others = answer.participants.filter(({ difference }) => difference.amountUallo !== '0');
    expect(others.length).toBeGreaterThan(5);
  });

  it('the topic had another p_norm', async () => {
    const answer = await simulated(lastNonce(), { pNorm: 4.5 });
    expect(answer.actual.inference!.mode).toBe('weighted');
    expect(answer.difference.combined).not.toBe(0);
    expect(answer.difference.combinedLoss).not.toBe(0);
    const ratio = (side: 'actual' | 'simulated'): number =>
      find(answer, 'gambler')[side]!.weight! /
      Math.max(...answer.participants.map((one) => one[side]?.weight ?? 0));
    expect(ratio('simulated')).not.toBe(ratio('actual'));
  });

  it('a reputer had not reported, for which no truth is needed', async () => {
    const answer = await simulated(lastNonce(), { without: [addressOf('liar')] });
    expect(answer.recoveredTruth).toBeNull();
    expect(answer.difference).toMatchObject({ combined: 0, naive: 0 });
    expect(answer.simulated.losses!.combined).not.toBe(answer.actual.losses!.combined);
    expect(find(answer, 'liar').simulated).toBeNull();
    expect(BigInt(find(answer, 'full-quote').difference.amountUallo)).not.toBe(0n);
  });

  it('stake had been elsewhere', async () => {
    const more = (10n ** 25n).toString();
    const answer = await simulated(lastNonce(), { stakes: { [addressOf('cent-quote')]: more } });
    expect(answer.recoveredTruth).toBeNull();
    expect(BigInt(find(answer, 'cent-quote').difference.amountUallo)).toBeGreaterThan(0n);
    expect(BigInt(find(answer, 'full-quote').difference.amountUallo)).toBeLessThan(0n);
    const gone = Object.fromEntries(cast.reputers.map(({ account }) => [account.address, '0']));
    const nobody = await simulated(lastNonce(), { stakes: gone });
    expect(nobody.simulated).toMatchObject({
      outcome: 'EPOCH_OUTCOME_NO_LOSSES',
      losses: null,
      rewards: { paidUallo: '0' },
    });
  });

  it('nobody had inferred', async () => {
    const without = cast.inferers.map(({ account }) => account.address);
    const { simulated: nothing } = await simulated(lastNonce(), { without });
    expect(nothing).toMatchObject({
      inference: null,
      outcome: 'EPOCH_OUTCOME_NO_INFERENCES',
      rewards: { result: 'empty' },
    });
  });

  it('is refused for what is not known or not of its form', async () => {
    const refused = async (nonce: number, change: object) => {
      const { status, body } = await ask(nonce, change);
      return `${status} ${(body as unknown as { code: string }).code}`;
    };
    const stranger = createAccount().address;
    expect(await refused(999_999, {})).toBe('404 UNKNOWN_EPOCH');
    expect(await refused(lastNonce(), { without: [stranger] })).toBe('404 UNKNOWN_PARTICIPANT');
    expect(await refused(lastNonce(), { stakes: { [stranger]: '5' } })).toBe('404 UNKNOWN_PARTICIPANT');
    for (const wrong of [{ pNorm: 9 }, { stakes: { [stranger]: '-5' } }, { without: ['x'] }, { other: 1 }])
      expect(await refused(lastNonce(), wrong)).toBe('400 MALFORMED');
  });

  it('is refused where new losses are of a method that the network does not know', async () => {
    const { prisma } = app.database;
    await prisma.$executeRaw`UPDATE topic_coordinator.topics SET loss_method = 'pinball' WHERE id = ${topicId}`;
    const { status, body } = await ask(lastNonce(), { pNorm: 4 });
    expect({ status, body }).toMatchObject({
      status: 422,
      body: { code: 'UNKNOWN_LOSS_METHOD', lossMethod: 'pinball' },
    });
    expect((await ask(lastNonce(), { without: [addressOf('liar')] })).status).toBe(200);
    await prisma.$executeRaw`UPDATE topic_coordinator.topics SET loss_method = 'mse' WHERE id = ${topicId}`;
  });

  it('answers nothing at all once a stored number was changed', async () => {
    const { prisma } = app.database;
    await prisma.$executeRaw`
      UPDATE rewards.settled_epochs SET state = jsonb_set(state, '{scoreRatio}', '0.123')
       WHERE topic_id = ${topicId} AND nonce = ${lastNonce()}`;
    const { address } = cast.inferers[0]!.account;
    expect(await explain(lastNonce(), address)).toMatchObject({ status: 500, body: { code: 'INTERNAL' } });
    expect(await ask(lastNonce(), {})).toMatchObject({ status: 500, body: { code: 'INTERNAL' } });
  });
});
