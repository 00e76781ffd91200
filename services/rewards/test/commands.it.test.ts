import 'reflect-metadata';
import { TopicCreation } from '@allora/contracts/gen/allora/signing/v1/signing';
import { Role } from '@allora/contracts/gen/allora/topics/v1/topics';
import { createAccount } from '@allora/identity/account';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Commands, type ProvenCommand } from '../src/commands';
import { testAccount } from '../src/genesis-file';
import { ALLO } from './fixtures';
import { type CommandBody, RewardsApp, signed, signedCommand, stakeBody } from './rewards-app';

const anna = createAccount();
const bert = createAccount();
const carl = createAccount();
let rewardsApp: RewardsApp;

beforeAll(async () => {
  rewardsApp = await RewardsApp.start();
  for (const { address } of [anna, bert, carl]) await rewardsApp.give(address, 1_000n * ALLO);
});

afterAll(() => rewardsApp?.close());

const transfer = (to: string, amountUallo: bigint): CommandBody => ({
  $case: 'transfer',
  value: { to, amountUallo: amountUallo.toString() },
});
const fund = (topicId: number, amountUallo: bigint): CommandBody => ({
  $case: 'fundTopic',
  value: { topicId, amountUallo: amountUallo.toString() },
});

describe('signed commands', () => {
  it('move money once, by REST or gRPC, and answer a repeat as the first time', async () => {
    const before = await rewardsApp.balanceOf(bert.address);
    const { json, message } = signedCommand(anna, transfer(bert.address, 7n), 'once');
    const answer = {
      author: anna.address,
      requestId: 'once',
      command: 'transfer',
      movedUallo: '7',
      height: 0,
    };
    for (let i = 0; i < 2; i += 1) {
      expect(await rewardsApp.request('POST', '/v1/commands', json)).toMatchObject({
        status: 201,
        body: answer,
      });
      expect(await rewardsApp.grpc.client.executeCommand({ signed: message })).toMatchObject(answer);
    }
    expect(await rewardsApp.balanceOf(bert.address)).toBe(before + 7n);
    expect(await rewardsApp.command(anna, transfer(bert.address, 8n), 'once')).toMatchObject({
      status: 409,
      body: { code: 'CONFLICTING_REPEAT', author: anna.address, requestId: 'once' },
    });
    // Another author's request ids are its own, and so are those of deposits and gifts.
    expect(await rewardsApp.command(bert, transfer(anna.address, 7n), 'once')).toMatchObject({ status: 201 });
    expect(await rewardsApp.stake(1, anna, 5n, 'once')).toMatchObject({ status: 201 });
    expect(await rewardsApp.give(anna.address, 5n, 'once')).toMatchObject({ status: 201 });
    await rewardsApp.expectConserved();
  });

  it('move money once when the same bytes come many times at once', async () => {
    const before = await rewardsApp.balanceOf(bert.address);
    const { json } = signedCommand(anna, transfer(bert.address, 11n), 'at once');
    const { json: sound } = signedCommand(anna, transfer(bert.address, 11n), 'at-once');
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => rewardsApp.request('POST', '/v1/commands', sound)),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(await rewardsApp.balanceOf(bert.address)).toBe(before + 11n);
    expect(await rewardsApp.request('POST', '/v1/commands', json)).toMatchObject({ status: 400 });
  });

  it.each([
    ['by another key', () => signedCommand(bert, transfer(bert.address, 1n), 'q'), 401, 'BAD_SIGNATURE'],
    [
      'of more than there is',
      () => signedCommand(anna, transfer(bert.address, 10_000n * ALLO), 'q'),
      409,
      'INSUFFICIENT_BALANCE',
    ],
    ['to oneself', () => signedCommand(anna, transfer(anna.address, 1n), 'q'), 422, 'VALUE_NOT_ALLOWED'],
    ['of a negative amount', () => signedCommand(anna, transfer(bert.address, -1n), 'q'), 400, 'MALFORMED'],
    ['for a topic that is not', () => signedCommand(anna, fund(404, 1n), 'q'), 404, 'UNKNOWN_TOPIC'],
    [
      'of an operator, by somebody else',
      () =>
        signedCommand(
          anna,
          { $case: 'slash', value: { topicId: 1, reputer: anna.address, partsPerMillion: 1 } },
          'q',
        ),
      403,
      'NOT_AN_OPERATOR',
    ],
    [
      'for a stake that is not',
      () =>
        signedCommand(
          carl,
          { $case: 'removeStake', value: { topicId: 1, reputer: carl.address, amountUallo: '1' } },
          'q',
        ),
      409,
      'INSUFFICIENT_BALANCE',
    ],
    [
      'for a removal that is not',
      () =>
        signedCommand(carl, { $case: 'cancelRemoval', value: { topicId: 1, reputer: carl.address } }, 'q'),
      409,
      'NO_REMOVAL',
    ],
    [
      'to claim nothing',
      () =>
        signedCommand(
          carl,
          { $case: 'claimDelegationRewards', value: { topicId: 1, reputer: anna.address } },
          'q',
        ),
      409,
      'NOTHING_TO_CLAIM',
    ],
    [
      'to delegate to nobody',
      () =>
        signedCommand(
          carl,
          { $case: 'delegate', value: { topicId: 1, reputer: bert.address, amountUallo: '1' } },
          'q',
        ),
      409,
      'NO_SUCH_REPUTER',
    ],
  ] as const)('are refused %s, and change nothing', async (name, make, status, code) => {
    const { json } = make();
    const author = name === 'by another key' ? anna.address : json.author;
    const before = await rewardsApp.app.database.prisma.ledgerTransfer.count();
    const answer = await rewardsApp.request('POST', '/v1/commands', { ...json, author });
    expect(answer).toMatchObject({ status, body: { status, code } });
    expect(await rewardsApp.app.database.prisma.ledgerTransfer.count()).toBe(before);
    // A refusal uses nothing up: the request id is free for a command that can be done.
    expect(
      await rewardsApp.app.database.prisma.appliedLedgerCommand.count({ where: { requestId: 'q' } }),
    ).toBe(0);
  });

  it('known fault, negative stake: no door takes an amount below one base unit', async () => {
    const before = await rewardsApp.ledger.conservation();
    for (const amountUallo of [-5n, 0n]) {
      const { json, payload, publicKey, signature } = stakeBody(1, anna, amountUallo, 'negative');
      expect(await rewardsApp.request('POST', '/v1/topics/1/stakes', json)).toMatchObject({ status: 400 });
      await expect(
        rewardsApp.grpc.client.depositStake({ signed: { payload, publicKey, signature } }),
      ).rejects.toMatchObject({ code: 'MALFORMED' });
      for (const $case of ['delegate', 'removeStake'] as const) {
        const value = { topicId: 1, reputer: anna.address, amountUallo: amountUallo.toString() };
        expect(await rewardsApp.command(anna, { $case, value })).toMatchObject({ status: 400 });
      }
    }
    const negative = { kind: 'stake' as const, reputer: anna.address, topicId: 1, amountUallo: -5n };
    const [inside] = await rewardsApp.app
      .get(Commands)
      .execute([{ command: negative, key: 'k', author: 'a', requestId: 'r', hash: Buffer.from('h') }]);
    expect(inside).toMatchObject({ accepted: false, refusal: { code: 'VALUE_NOT_ALLOWED' } });
    expect(await rewardsApp.ledger.conservation()).toEqual(before);
  });

  it('are for one chain', async () => {
    const body = {
      $case: 'accountCommand' as const,
      value: { author: anna.address, requestId: 'chain', command: transfer(bert.address, 1n) },
    };
    await expect(
      rewardsApp.grpc.client.executeCommand({ signed: signed(anna, body, 'another-chain') }),
    ).rejects.toMatchObject({ code: 'BAD_SIGNATURE' });
    await expect(
      rewardsApp.grpc.client.executeCommand({ signed: stakeBody(1, anna, 1n, 'as-command') }),
    ).rejects.toMatchObject({ code: 'MALFORMED' });
    await expect(
      rewardsApp.grpc.client.depositStake({
        signed: signedCommand(anna, transfer(bert.address, 1n), 'as-deposit').message,
      }),
    ).rejects.toMatchObject({ code: 'MALFORMED' });
  });

  it('stand in the statement of everyone whom they concern', async () => {
    const first = await rewardsApp.get(`/v1/accounts/${bert.address}/postings?limit=1`);
    expect(first).toMatchObject({
      address: bert.address,
      postings: [{ kind: 'transfer', account: `participant:${bert.address}`, amountUallo: '11' }],
    });
    const rest = await rewardsApp.get(`/v1/accounts/${bert.address}/postings?before=${first.before}`);
    expect((rest.postings as { kind: string; amountUallo: string }[]).map((p) => p.amountUallo)).toEqual([
      '-7',
      '7',
      (1_000n * ALLO).toString(),
    ]);
    expect(rest.before).toBeNull();
  });
});

describe('fees', () => {
  const creation = (requestId: string) =>
    TopicCreation.fromPartial({ creator: anna.address, metadata: 'x', lossMethod: 'mse', requestId });

  it('are charged once for a creation or a registration, however often they are asked', async () => {
    const before = await rewardsApp.balanceOf(anna.address);
    const ask = signed(anna, { $case: 'topicCreation', value: creation('my first topic') });
    for (let i = 0; i < 3; i += 1)
      expect(await rewardsApp.grpc.client.chargeFee({ signed: ask })).toEqual({ feeUallo: '75000' });
    expect(await rewardsApp.balanceOf(anna.address)).toBe(before - 75_000n);

    const plain = { shadow: false, requestId: '' };
    const registration = { topicId: 1, address: anna.address, role: Role.WORKER, ...plain };
    const register = signed(anna, { $case: 'registration', value: registration });
    for (let i = 0; i < 3; i += 1)
      expect(await rewardsApp.grpc.client.chargeFee({ signed: register })).toEqual({ feeUallo: '200' });
    expect(await rewardsApp.balanceOf(anna.address)).toBe(before - 75_200n);
    expect(await rewardsApp.get('/v1/topics/1/economy')).toMatchObject({ feeRevenueUallo: '200' });
    await expect(
      rewardsApp.grpc.client.chargeFee({ signed: { ...register, publicKey: bert.publicKey } }),
    ).rejects.toMatchObject({ code: 'BAD_SIGNATURE' });
    await expect(
      rewardsApp.grpc.client.chargeFee({
        signed: signed(createAccount(), { $case: 'registration', value: registration }),
      }),
    ).rejects.toMatchObject({ code: 'BAD_SIGNATURE' });
    await rewardsApp.expectConserved();
  });

  it('known fault, funding counted twice: a repeated funding is one payment and one revenue', async () => {
    const revenue = async () =>
      BigInt((await rewardsApp.get('/v1/topics/1/economy')).feeRevenueUallo as string);
    const [before, treasury] = [await revenue(), await rewardsApp.ledger.balance('treasury')];
    const { json, message } = signedCommand(anna, fund(1, 1_000n), 'fund');
    await Promise.all([
      rewardsApp.request('POST', '/v1/commands', json),
      rewardsApp.grpc.client.executeCommand({ signed: message }),
      rewardsApp.request('POST', '/v1/commands', json),
    ]);
    expect(await revenue()).toBe(before + 1_000n);
    expect(await rewardsApp.ledger.balance('treasury')).toBe(treasury + 1_000n);
  });

  it('count as revenue of a topic that has not come by the log yet', async () => {
    expect(await rewardsApp.command(anna, fund(77, 5n))).toMatchObject({ status: 201 });
    expect(await rewardsApp.get('/v1/topics/77/economy')).toMatchObject({ feeRevenueUallo: '5' });
  });
});

describe('validators', () => {
  it('stake, are paid by blocks, claim, and take their stake out', async () => {
    await rewardsApp.command(carl, {
      $case: 'stakeValidator',
      value: { amountUallo: (100n * ALLO).toString() },
    });
    await rewardsApp.blocks(10);
    const view = (await rewardsApp.get(`/v1/accounts/${carl.address}`)) as {
      validator: { stakeUallo: string; claimableUallo: string };
    };
    expect(view.validator.stakeUallo).toBe((100n * ALLO).toString());
    const claimable = BigInt(view.validator.claimableUallo);
    expect(claimable).toBeGreaterThan(0n);
    const before = await rewardsApp.balanceOf(carl.address);
    const claim = signedCommand(carl, { $case: 'claimValidatorRewards', value: {} }, 'claim').json;
    for (let i = 0; i < 2; i += 1)
      expect(await rewardsApp.request('POST', '/v1/commands', claim)).toMatchObject({
        status: 201,
        body: { movedUallo: claimable.toString() },
      });
    expect(await rewardsApp.balanceOf(carl.address)).toBe(before + claimable);
    const all = (100n * ALLO).toString();
    expect(
      await rewardsApp.command(carl, { $case: 'removeValidatorStake', value: { amountUallo: all } }),
    ).toMatchObject({ body: { dueHeight: 604_810 } });
    expect(await rewardsApp.get(`/v1/accounts/${carl.address}`)).toMatchObject({
      removals: [{ kind: 'validator', topicId: null, reputer: null, amountUallo: all, dueHeight: 604_810 }],
    });
    expect(await rewardsApp.command(carl, { $case: 'cancelValidatorRemoval', value: {} })).toMatchObject({
      body: { movedUallo: all },
    });
    await rewardsApp.expectConserved();
  });
});

describe('many commands', () => {
  const gifts = (from: string, count: number, prefix: string): ProvenCommand[] =>
    Array.from({ length: count }, (_, i) => ({
      command: { kind: 'transfer', from, to: `to${i % 7}`, amountUallo: 1n },
      key: `command:${from}:${prefix}${i}`,
      author: from,
      requestId: `${prefix}${i}`,
      hash: Buffer.from(`${prefix}${i}`),
    }));

  it('are done by two replicas at once as by one: each once, in one order', async () => {
    const replica = await RewardsApp.start({ beside: rewardsApp });
    try {
      const both = [rewardsApp, replica].map(({ app }) => app.get(Commands));
      const before = await rewardsApp.balanceOf(bert.address);
      const commands = gifts(bert.address, 1_500, 'r');
      const results = await Promise.all(both.map((door) => door.execute(commands)));
      expect(results.flat().every(({ accepted }) => accepted)).toBe(true);
      const repeated = results.flat().filter((result) => result.accepted && result.repeated);
      expect(repeated).toHaveLength(1_500);
      expect(await rewardsApp.balanceOf(bert.address)).toBe(before - 1_500n);
      await rewardsApp.expectConserved();
    } finally {
      await replica.close();
    }
  });

  it("stand in the way of nobody when one of them breaks the rules' own code", async () => {
    const [good, other] = gifts(bert.address, 2, 'b');
    // No command that the door lets through looks like this.
    const broken = {
      ...gifts(bert.address, 1, 'x')[0]!,
      command: { kind: 'transfer', from: bert.address, to: 'a b', amountUallo: 1n },
    } as ProvenCommand;
    const results = await rewardsApp.app.get(Commands).execute([good!, broken, other!]);
    expect(results.map(({ accepted }) => accepted)).toEqual([true, false, true]);
    expect(results[1]).toMatchObject({ refusal: { code: 'INTERNAL' } });
  });

  it('are refused with a time to come again when there is no room, and done when they come again', async () => {
    const full = await RewardsApp.start({
      beside: rewardsApp,
      settings: { faucet: 'open', maxInflightCommands: 5 },
    });
    try {
      const door = full.app.get(Commands);
      const commands = gifts(bert.address, 12, 'f');
      const results = await door.execute(commands);
      const refused = results.flatMap((result) => (result.accepted ? [] : [result.refusal]));
      expect(refused).toHaveLength(7);
      expect(refused[0]).toMatchObject({ code: 'UNAVAILABLE', facts: { retryAfterSeconds: 1 } });
      const again = await door.execute(commands.slice(5, 10));
      expect(again.every(({ accepted }) => accepted)).toBe(true);
    } finally {
      await full.close();
    }
  });

  it('are answered in time while the ledger is held, and take effect once', async () => {
    const slow = await RewardsApp.start({
      beside: rewardsApp,
      settings: { faucet: 'open', commandTimeoutMs: 200 },
    });
    try {
      const before = await rewardsApp.balanceOf(bert.address);
      const { json } = signedCommand(bert, transfer(anna.address, 3n), 'held');
      let release: () => void = () => undefined;
      const held = rewardsApp.app.database.transaction(async (tx) => {
        await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('allora.rewards:ledger', 0))`;
        await new Promise<void>((resolve) => (release = resolve));
      });
      await new Promise((resolve) => setTimeout(resolve, 50));
      const late = await slow.request('POST', '/v1/commands', json);
      expect(late).toMatchObject({ status: 503, body: { code: 'UNAVAILABLE' } });
      expect(late.headers.get('retry-after')).toBe('1');
      release();
      await held;
      expect(await slow.request('POST', '/v1/commands', json)).toMatchObject({ status: 201 });
      expect(await rewardsApp.balanceOf(bert.address)).toBe(before - 3n);
    } finally {
      await slow.close();
    }
  });
});

describe('operators', () => {
  it('slash a part of a stake, and no more than all of it', async () => {
    const operator = testAccount('operator');
    await rewardsApp.stake(2, bert, 100n, 'slashed');
    const slash = (partsPerMillion: number): CommandBody => ({
      $case: 'slash',
      value: { topicId: 2, reputer: bert.address, partsPerMillion },
    });
    expect(await rewardsApp.command(operator, slash(250_000))).toMatchObject({ body: { movedUallo: '25' } });
    expect(await rewardsApp.command(operator, slash(1_000_000))).toMatchObject({
      body: { movedUallo: '75' },
    });
    expect(await rewardsApp.command(operator, slash(1))).toMatchObject({ body: { code: 'NO_SUCH_REPUTER' } });
    expect(await rewardsApp.get('/v1/topics/2/stakes')).toEqual({ topicId: 2, reputers: [] });
    await rewardsApp.expectConserved();
  });
});
