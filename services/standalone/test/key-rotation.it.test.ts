import 'reflect-metadata';
import { createEmbeddedTransport } from '@allora/bus/embedded-transport';
import type { BusTransport } from '@allora/bus/transport';
import { busTopics } from '@allora/contracts/catalog';
import { SignedPayload } from '@allora/contracts/gen/allora/signing/v1/signing';
import { InferenceMode, NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import { Topic, TopicCoordinatorService, WindowStage } from '@allora/contracts/gen/allora/topics/v1/topics';
import { gatewayConfig } from '@allora/gateway/config';
import { GatewayModule } from '@allora/gateway/gateway.module';
import { type Account, accountFromKey, createAccount } from '@allora/identity/account';
import { hexOf } from '@allora/identity/hex';
import { inferenceIngestConfig } from '@allora/inference-ingest/config';
import { InferenceIngestModule } from '@allora/inference-ingest/inference-ingest.module';
import { rewardsConfig } from '@allora/rewards/config';
import { RewardsModule } from '@allora/rewards/rewards.module';
import { createClient } from '@allora/sdk/client';
import { verifyInferenceStatement } from '@allora/sdk/inference-statement';
import type { BoughtInference } from '@allora/sdk/purchase-types';
import { verifyReceipt } from '@allora/sdk/receipt';
import type { Network, Receipt } from '@allora/sdk/types';
import { type RunningApp, startApp } from '@allora/service-kit/app';
import { Clock } from '@allora/service-kit/clock';
import { readConfig } from '@allora/service-kit/config';
import { Log } from '@allora/service-kit/log';
import { NetworkKey } from '@allora/service-kit/network-key';
import { neighbour } from '@allora/service-kit/testing';
import { createTestDatabase, type TestDatabase } from '@allora/store/testing';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { runAdmin } from '../../../deploy/admin/command';
import { stablePorts } from '../demo/ports';
import { chainId, topicParams } from './known-faults-network';

const HOUR_MS = 3_600_000;
const FEE = 1_000n;
const ALLO = 10n ** 18n;
const patience = { timeout: 20_000, interval: 20 };

/** Time goes as it does, some hours ahead. */
class ClockAhead extends Clock {
  hours = 0;

  override nowMs(): number {
    return super.nowMs() + this.hours * HOUR_MS;
  }
}

type Settings = Readonly<Record<string, string>>;
const clock = new ClockAhead();
const firstKey = { NETWORK_KEY: '2a'.repeat(32) };
const firstPublicKey = hexOf(accountFromKey(Buffer.from(firstKey.NETWORK_KEY, 'hex')).publicKey);
const running = new Map<string, RunningApp>();
const ports = new Map<string, number>();
let database: TestDatabase;
let log: BusTransport;
let nonce = 0;

const topic = Topic.fromPartial({
  ...{ id: 1, creator: 'allo1creator', lossMethod: 'mse', active: true, params: topicParams },
});
const coordinator = () =>
  neighbour(TopicCoordinatorService, {
    getTopic: async () => ({ topic }),
    getRegistration: async (asked) => ({ registration: { ...asked, height: 1, shadow: false } }),
    getWindow: async (asked) => ({
      window: { ...asked, openedHeight: 0, closesHeight: 1_000, stage: WindowStage.SUBMIT },
      params: topic.params,
    }),
  });

/** The log as one of the replicas has it: the first reads for all. */
const logOf = (name: string): BusTransport => ({
  ensureTopics: log.ensureTopics.bind(log),
  append: log.append.bind(log),
  peek: log.peek.bind(log),
  close: () => Promise.resolve(),
  consume: (options) =>
    name === 'one'
      ? log.consume(options)
      : Promise.resolve({ stop: () => Promise.resolve(), lag: () => Promise.resolve({}) }),
});

/** Gateway, ingest and ledger in one, started with these settings in place of those that it ran with; it settles at the other. */
async function rollOut(name: string, other: string, settings: Settings): Promise<void> {
  await running.get(name)?.close();
  const env = {
    ...{ DATABASE_URL: database.url, DATABASE_POOL_SIZE: '10', CHAIN_ID: chainId, LOG_LEVEL: 'silent' },
    ...{
      HTTP_HOST: '127.0.0.1',
      GRPC_HOST: '127.0.0.1',
      HTTP_PORT: '0',
      GRPC_PORT: `${ports.get(name) ?? 0}`,
    },
    ...{ COORDINATOR_GRPC_ADDRESS: 'self', REWARDS_GRPC_ADDRESS: `127.0.0.1:${ports.get(other)!}` },
    ...{ FAUCET: 'open', PURCHASE_LOOK_MS: '100', PURCHASE_CHECK_MS: '50' },
    ...settings,
  };
  const config = readConfig(gatewayConfig, { env });
  const modules = [
    GatewayModule.register(config),
    RewardsModule.register(readConfig(rewardsConfig, { env })),
    InferenceIngestModule.register(readConfig(inferenceIngestConfig, { env })),
    coordinator(),
  ];
  running.set(name, await startApp({ name, config, modules, transport: logOf(name), clock }));
}

const clientOf = (name: string) => createClient({ baseUrl: running.get(name)!.httpUrl, chainId });

async function tellInference(): Promise<void> {
  nonce += 10;
  const inference = { topicId: 1, nonce, mode: InferenceMode.WEIGHTED, combined: 100 + nonce };
  const told = running.get('one')!;
  await told.peer('synthesis').append(busTopics.networkInferences, [NetworkInference.fromPartial(inference)]);
  await vi.waitFor(
    async () => expect((await fetch(`${told.httpUrl}/v1/topics/1/epochs/${nonce}`)).ok).toBe(true),
    patience,
  );
}

interface Signed {
  readonly receipt: Receipt;
  readonly bought: BoughtInference;
}

async function buyer(name: string): Promise<Account> {
  const account = createAccount();
  await clientOf(name).faucet({ address: account.address, amountUallo: ALLO });
  return account;
}

const order = () => ({ topicId: 1, feeUallo: FEE, purchase: { kind: 'latest' } as const });

/** What a replica signs: a receipt, and an inference that the other one's ledger is told to charge. */
async function signedBy(name: string): Promise<Signed> {
  const client = clientOf(name);
  const receipt = await client.submitInference(createAccount(), { topicId: 1, nonce, value: '101.5' });
  const account = await buyer(name);
  const { state, reason, inferences } = await client.buyInference(account, order());
  expect({ state, reason, charged: inferences[0]?.chargedUallo }).toEqual({
    state: 'fulfilled',
    reason: null,
    charged: FEE,
  });
  return { receipt, bought: inferences[0]! };
}

const keyOf = ({ receipt, bought }: Signed): string => {
  expect(hexOf(receipt.proof!.publicKey)).toBe(bought.publicKey);
  return bought.publicKey;
};

const verified = (signed: readonly Signed[], network: Network) =>
  signed.map(({ receipt, bought }) => [
    verifyReceipt(receipt, network),
    verifyInferenceStatement(bought, network) !== undefined,
  ]);
const all = (signed: readonly Signed[], verdict: boolean) => signed.map(() => [verdict, verdict]);

/** The settings of each step, as the plan is printed. */
async function printedPlan(): Promise<Settings[]> {
  let text = '';
  const args = [
    'network-key',
    'rotate',
    '--present',
    firstPublicKey,
    '--starts-in-hours',
    '24',
    '--overlap-hours',
    '24',
  ];
  const out = (printed: string) => void (text += printed);
  expect(await runAdmin(args, { out, err: out }, {})).toBe(0);
  const steps = text.split(/^\d+\. /m).slice(1);
  return steps.map((step) =>
    Object.fromEntries(
      [...step.matchAll(/^ {3}([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [name!, value!]),
    ),
  );
}

beforeAll(async () => {
  database = await createTestDatabase();
  log = createEmbeddedTransport({
    databaseUrl: database.url,
    log: Log.create({ name: 'log', level: 'silent', format: 'json' }),
  });
  const [one, two] = await stablePorts(2);
  ports.set('one', one!).set('two', two!);
}, 60_000);

afterAll(async () => {
  await Promise.all([...running.values()].map((app) => app.close()));
  await log?.close();
  await database?.drop();
}, 60_000);

it('replaces the key of the network by its printed plan, and whoever verifies accepts all the way', async () => {
  await rollOut('two', 'one', firstKey);
  await rollOut('one', 'two', firstKey);
  await running.get('one')!.peer('topic-coordinator').append(busTopics.topics, [topic]);
  await tellInference();
  const unaware = await clientOf('one').network();
  const signed = [await signedBy('one'), await signedBy('two')];
  const [announce, replace, ...more] = await printedPlan();
  expect(more).toEqual([]);

  await rollOut('two', 'one', { ...firstKey, ...announce });
  await rollOut('one', 'two', { ...firstKey, ...announce });
  const aware = await clientOf('one').network();
  expect(aware.otherKeys).toHaveLength(1);
  signed.push(await signedBy('one'), await signedBy('two'));
  expect(new Set(signed.map(keyOf))).toEqual(new Set([firstPublicKey]));

  clock.hours = 24.1;
  await rollOut('two', 'one', replace!);
  await tellInference();
  const overlapping = [await signedBy('one'), await signedBy('two')];
  expect(overlapping.map(keyOf)).toEqual([firstPublicKey, aware.otherKeys[0]!.publicKey]);
  signed.push(...overlapping);
  const identities = [aware, await clientOf('one').network(), await clientOf('two').network()];
  for (const network of identities) expect(verified(signed, network)).toEqual(all(signed, true));
  // Whoever did not look between the announcement and the change does not know the next key.
  expect(verified(overlapping, unaware)).toEqual([
    [true, true],
    [false, false],
  ]);

  await rollOut('one', 'two', replace!);
  clock.hours = 48.1;
  await tellInference();
  const late = [await signedBy('one'), await signedBy('two')];
  const now = await clientOf('one').network();
  expect(verified([...signed, ...late], now)).toEqual(all([...signed, ...late], true));

  await rollOut('straggler', 'one', { ...firstKey, ...announce });
  const client = clientOf('straggler');
  const receipt = await client.submitInference(createAccount(), { topicId: 1, nonce, value: '101.5' });
  expect(hexOf(receipt.proof!.publicKey)).toBe(firstPublicKey);
  const account = await buyer('one');
  const { id } = await client.buyInference(account, order());
  // The ledger does not act on the old key; a replica with the new one gives the money back.
  const ended = await clientOf('one').awaitPurchase(id);
  expect(ended).toMatchObject({ state: 'refunded', reason: { code: 'BAD_SIGNATURE' } });
  expect(ended.receipt).toMatchObject({ chargedUallo: 0n, refundedUallo: FEE, heldUallo: 0n });
  expect(ended.inferences).toEqual([]);
  // Had it handed out a statement of now all the same, who verifies would not take it either.
  const { body } = SignedPayload.decode(Buffer.from(late[0]!.bought.payload, 'hex'));
  if (body?.$case !== 'inferenceStatement') throw new Error('what is sold is an inference statement');
  const value = { ...body.value, producedAtMs: clock.nowMs() };
  const key = running.get('straggler')!.get(NetworkKey);
  const { payload, signature } = key.signMessage({ $case: 'inferenceStatement', value });
  const bought = { ...late[0]!.bought, payload: hexOf(payload), signature: hexOf(signature) };
  expect(verified([{ receipt, bought }], aware)).toEqual([[true, true]]);
  expect(verified([{ receipt, bought }], now)).toEqual([[false, false]]);
}, 60_000);
