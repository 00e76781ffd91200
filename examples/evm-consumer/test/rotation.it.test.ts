import 'reflect-metadata';
import { busTopics } from '@allora/contracts/catalog';
import { InferenceMode, NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import { Topic, TopicCoordinatorService } from '@allora/contracts/gen/allora/topics/v1/topics';
import { gatewayConfig } from '@allora/gateway/config';
import { GatewayModule } from '@allora/gateway/gateway.module';
import { evmAccountFromKey } from '@allora/identity/evm-account';
import { inferenceDigest } from '@allora/identity/evm-inference';
import { bytesOfHex, hexOf } from '@allora/identity/hex';
import { type RunningApp, startApp } from '@allora/service-kit/app';
import { readConfig } from '@allora/service-kit/config';
import { neighbour } from '@allora/service-kit/testing';
import { createTestDatabase, type TestDatabase } from '@allora/store/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runAdmin } from '../../../deploy/admin/command';
import { type ConsumerArgument, consumerArgument, type ServedInference } from '../src/served-inference';
import { accepted, CHAIN_ID, Consumer, CONTRACT, OWNER, SIGNER } from './consumer';

const REFUSED = 'AlloraConsumerInvalidDataProvider';
const oldKey = { EVM_SIGNING_KEY: '01'.padStart(64, '0') };

interface Told {
  readonly signer: string;
  readonly otherSigners: readonly {
    readonly address: string;
    readonly from: string | null;
    readonly until: string | null;
  }[];
}

/** Addresses and settings of each step, as the plan is printed. */
async function printedPlan() {
  let text = '';
  const out = (printed: string) => void (text += printed);
  expect(await runAdmin(['evm-key', 'rotate', '--present', SIGNER], { out, err: out }, {})).toBe(0);
  return text
    .split(/^\d+\. /m)
    .slice(1)
    .map((step) => ({
      settings: Object.fromEntries(
        [...step.matchAll(/^ {3}([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [name!, value!]),
      ),
      allowed: /setDataProvider\((\w+), (\w+)\)/.exec(step)?.slice(1),
    }));
}

describe('another signer', () => {
  const gateways: RunningApp[] = [];
  let plan: Awaited<ReturnType<typeof printedPlan>>;
  let database: TestDatabase;
  let consumer: Consumer;

  /** Beside the first one, which has the log: this one finds in the database what that one has read. */
  async function startGateway(settings: Readonly<Record<string, string>>): Promise<RunningApp> {
    const env = {
      ...{ DATABASE_URL: database.url, DATABASE_POOL_SIZE: '4', LOG_LEVEL: 'silent' },
      ...{ HTTP_HOST: '127.0.0.1', HTTP_PORT: '0', GRPC_HOST: '127.0.0.1', GRPC_PORT: '0' },
      ...{ COORDINATOR_GRPC_ADDRESS: 'self', EVM_CHAINS: `${CHAIN_ID}=${CONTRACT}`, ...settings },
    };
    const config = readConfig(gatewayConfig, { env });
    const coordinator = neighbour(TopicCoordinatorService, { getTopic: async () => ({ topic: undefined }) });
    const [first] = gateways;
    const transport = first && {
      ensureTopics: () => Promise.resolve(),
      close: () => Promise.resolve(),
      append: first.transport.append.bind(first.transport),
      peek: first.transport.peek.bind(first.transport),
      consume: () => Promise.resolve({ stop: () => Promise.resolve(), lag: () => Promise.resolve({}) }),
    };
    const modules = [GatewayModule.register(config), coordinator];
    const gateway = await startApp({ name: 'gateway', config, modules, ...(transport && { transport }) });
    gateways.push(gateway);
    return gateway;
  }

  const told = async ({ httpUrl }: RunningApp) => (await (await fetch(`${httpUrl}/v1/evm`)).json()) as Told;
  const serve = async ({ httpUrl }: RunningApp): Promise<ConsumerArgument> => {
    const answer = await fetch(`${httpUrl}/v2/allora/consumer/ethereum-${CHAIN_ID}?allora_topic_id=1`);
    expect(answer.status).toBe(200);
    return consumerArgument(((await answer.json()) as { data: ServedInference }).data);
  };
  /** The owner does what a step of the plan says. */
  const carryOut = async (step: number) => {
    const [address, allowed] = plan[step]!.allowed!;
    expect(await consumer.call('setDataProvider', [address, allowed === 'true'], OWNER)).toBeUndefined();
  };

  beforeAll(async () => {
    plan = await printedPlan();
    database = await createTestDatabase();
    consumer = await Consumer.deploy(CHAIN_ID, CONTRACT);
    consumer.chain.timestamp = BigInt(Math.floor(Date.now() / 1_000));
    const old = await startGateway({ ...oldKey, ...plan[0]!.settings });
    const network = old.peer('synthesis');
    await network.append(busTopics.topics, [Topic.fromPartial({ id: 1, active: true })]);
    const inference = { topicId: 1, nonce: 100, mode: InferenceMode.WEIGHTED, combined: 2605.5 };
    await network.append(busTopics.networkInferences, [NetworkInference.fromPartial(inference)]);
    await vi.waitFor(() => serve(old), { timeout: 30_000 });
    await startGateway(plan[1]!.settings);
  }, 60_000);

  afterAll(async () => {
    for (const gateway of gateways.reverse()) await gateway.close();
    await database?.drop();
  });

  it('is told before it signs, and the former one after', async () => {
    const [old, next] = [await told(gateways[0]!), await told(gateways[1]!)];
    expect(old).toMatchObject({ signer: SIGNER, otherSigners: [{ address: next.signer, until: null }] });
    expect(next).toMatchObject({ otherSigners: [{ address: SIGNER, from: null }] });
    expect(plan.map(({ allowed }) => allowed)).toEqual([[next.signer, 'true'], undefined, [SIGNER, 'false']]);
    expect(Date.parse(next.otherSigners[0]!.until!)).toBeGreaterThan(Date.parse(old.otherSigners[0]!.from!));
  });

  it('is taken beside the former one, then alone; a stranger never', async () => {
    const [old, next] = [await serve(gateways[0]!), await serve(gateways[1]!)];
    const { signer } = await told(gateways[1]!);
    const { networkInference } = next;
    const digest = inferenceDigest(
      { chainId: BigInt(CHAIN_ID), contract: bytesOfHex(CONTRACT.slice(2)) },
      { ...networkInference, extraData: bytesOfHex(networkInference.extraData.slice(2)) },
    );
    const strange = evmAccountFromKey(Buffer.alloc(32, 9)).sign(digest);
    const stranger: ConsumerArgument = { ...next, signature: `0x${hexOf(strange)}` };
    const verdicts = async () => [
      await consumer.verify(old),
      await consumer.verify(next),
      await consumer.verify(stranger),
    ];
    expect(await verdicts()).toEqual([accepted(old), REFUSED, REFUSED]);
    await carryOut(0);
    expect(await verdicts()).toEqual([accepted(old), accepted(next, signer), REFUSED]);
    expect(await consumer.store(old)).toEqual(accepted(old));
    await carryOut(2);
    expect(await verdicts()).toEqual([REFUSED, accepted(next, signer), REFUSED]);
    expect(await consumer.store(old)).toBe(REFUSED);
  });
});
