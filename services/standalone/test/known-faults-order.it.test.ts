import { InferenceIngestService } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import type { Account } from '@allora/identity/account';
import { openGrpcChannel } from '@allora/service-kit/grpc-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Body,
  type EpochFacts,
  epochOf,
  keysShuffled,
  listsShuffled,
  lossesOf,
  pathOf,
  results,
  seeded,
  type Sending,
  shuffled,
  stakeAll,
  toldOf,
} from './known-faults-epochs';
import { type FaultNetwork, jsonOf, signedOf, startNetwork, topicParams } from './known-faults-network';

const EPOCHS = 5;
const TOPICS = 4;
const length = topicParams.epochLengthBlocks;
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));

let network: FaultNetwork;
/** Topics of the same rules and the same people, opened at the same height: only what comes in which order differs. */
let topicIds: number[];
let firstNonce: number;
let inferers: Account[];
let forecasters: Account[];
let reputers: Account[];

beforeAll(async () => {
  console.log(`SEED=${seed}`);
  // What is proven is the order; how long a busy machine takes for it is not.
  network = await startNetwork({ blockPatienceMs: 600_000 });
  const topics = [];
  for (let n = 0; n < TOPICS; n += 1) topics.push(await network.createTopic());
  topicIds = topics.map(({ topicId }) => topicId);
  firstNonce = topics[0]!.firstNonce;
  expect(topics.every((topic) => topic.firstNonce === firstNonce)).toBe(true);
  inferers = await network.members('worker', topicIds, 6);
  forecasters = await network.members('worker', topicIds, 3);
  reputers = await network.members('reputer', topicIds, 4);
  for (const topicId of topicIds) await stakeAll(network, topicId, reputers);
  for (let epoch = 0; epoch <= EPOCHS; epoch += 1) await playEpoch(epoch);
  const last = firstNonce + (EPOCHS - 1) * length;
  await network.advance(last + topicParams.groundTruthLagBlocks + topicParams.reputerWindowBlocks);
  for (const topicId of topicIds) await epochOf(network, topicId, last, 'rewards');
});
afterAll(async () => network?.close());

/** Of a place in an epoch, the same in every topic; a lie of some digits, so that rounding has something to differ in. */
const numberOf = (place: string): string => {
  let hash = 2166136261;
  for (const char of place) hash = Math.imul(hash ^ char.charCodeAt(0), 16777619);
  return (seeded(hash)() * 3).toFixed(17);
};

function askedOfWorkers(topicId: number, nonce: number): Sending[] {
  const ids = inferers.map(({ address }) => address);
  const inferences = inferers.map((by): Sending => {
    const value = { topicId, nonce, inferer: by.address, value: numberOf(`${nonce}/${by.address}`) };
    return { by, body: { $case: 'inference', value } };
  });
  const forecasts = forecasters.map((by): Sending => {
    const elements = ids.map((inferer) => ({
      inferer,
      value: numberOf(`${nonce}/${by.address}/${inferer}`),
    }));
    return { by, body: { $case: 'forecast', value: { topicId, nonce, forecaster: by.address, elements } } };
  });
  return [...inferences, ...forecasts];
}

function askedOfReputers(topicId: number, nonce: number, epoch: EpochFacts): Sending[] {
  return reputers.map((by) => {
    const about = { topicId, nonce, reputer: by.address };
    return { by, body: lossesOf(epoch, about, (place) => numberOf(`${nonce}/${by.address}/${place}`)) };
  });
}

/** The first topic hears everybody in turn; in the others order, shape and door of each submission are drawn. */
async function sendAll(sendings: readonly Sending[], random: (() => number) | null): Promise<void> {
  if (random === null) {
    for (const one of sendings) await accept(network.post(pathOf(one), jsonOf(one.by, one.body)));
    return;
  }
  await Promise.all(
    shuffled(sendings, random).map(async ({ by, body }) => {
      const mixed = { by, body: { ...body, value: listsShuffled(body.value, random) } as Body };
      const json = keysShuffled({ ...jsonOf(mixed.by, mixed.body) }, random);
      // Both are signed as they are sent: order within lists is the sender's, and may not count.
      const bulk = random() < 0.3;
      if (mixed.body.$case === 'inference' && random() < 0.4) return submitOverGrpc(mixed);
      if (!bulk) return accept(network.send(pathOf(mixed), JSON.stringify(json)));
      const { body: answer } = await network.post(`${pathOf(mixed)}/bulk`, { items: [json] });
      return void expect(answer['results']).toMatchObject([{ status: 202 }]);
    }),
  );
}

const accept = async (answer: ReturnType<FaultNetwork['post']>) =>
  void expect(await answer).toMatchObject({ status: 202 });

async function submitOverGrpc({ by, body }: Sending): Promise<void> {
  const channel = openGrpcChannel(InferenceIngestService, () => network.app.grpcAddress);
  try {
    await channel.client.submit({ signed: signedOf(by, body) });
  } finally {
    channel.close();
  }
}

async function playEpoch(epoch: number): Promise<void> {
  const nonce = firstNonce + epoch * length;
  await network.advance(nonce);
  for (const [n, topicId] of topicIds.entries()) {
    const random = n === 0 ? null : seeded(seed + 1_000 * n + epoch);
    const asked = epoch < EPOCHS ? askedOfWorkers(topicId, nonce) : [];
    if (epoch > 0) {
      const facts = await epochOf(network, topicId, nonce - length, 'inference');
      asked.push(...askedOfReputers(topicId, nonce - length, facts));
    }
    await sendAll(asked, random);
  }
}

describe('no order of anything that is sent changes a bit of what comes of it', () => {
  it.each(results.map((topic) => [topic.name, topic] as const))('%s', async (_, topic) => {
    const [first, ...others] = await Promise.all(topicIds.map((id) => toldOf(network, topic as never, id)));
    expect(first!.bytes.length).toBeGreaterThanOrEqual(EPOCHS);
    for (const other of others) expect(other.bytes, `seed ${seed}`).toEqual(first!.bytes);
  });

  it('and there was something to come: weights, losses, scores and payments in every epoch but the first', async () => {
    for (let epoch = 1; epoch < EPOCHS; epoch += 1) {
      const facts = await epochOf(network, topicIds[0]!, firstNonce + epoch * length, 'rewards');
      expect(facts.inference.mode).toMatch(/all_new|weighted/i);
      expect(facts.inference.forecasters).toHaveLength(forecasters.length);
      expect(facts.scores?.outcome).toMatch(/scored/i);
      expect(facts.rewards!.payments.length).toBeGreaterThan(reputers.length);
    }
  });
});
