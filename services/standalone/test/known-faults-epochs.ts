import { type BusTopic, busTopics } from '@allora/contracts/catalog';
import { Envelope } from '@allora/contracts/gen/allora/bus/v1/envelope';
import type { InferenceMode } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import type { Account } from '@allora/identity/account';
import { expect } from 'vitest';
import { type FaultNetwork, jsonOf } from './known-faults-network';

export type Body = Parameters<typeof jsonOf>[1];

/** One submission on its way to its door. */
export interface Sending {
  readonly by: Account;
  readonly body: Body;
}

const doors: Readonly<Record<string, string>> = {
  inference: 'inferences',
  forecast: 'forecasts',
  loss: 'losses',
};

export const pathOf = ({ body }: Sending): string => {
  const { topicId } = body.value as { topicId: number };
  return `/v1/topics/${topicId}/${doors[body.$case]}`;
};

/** The facts of a topic as they were told on the log, each without its topic id, as bytes in hex. */
export async function toldOf<T extends { topicId: number }>(
  { app }: FaultNetwork,
  topic: BusTopic<T>,
  topicId: number,
): Promise<{ messages: T[]; bytes: string[] }> {
  const rows = await app.database.prisma.$queryRaw<{ value: Uint8Array }[]>`
    SELECT value FROM bus.log_records WHERE topic = ${topic.name} AND key = ${String(topicId)} ORDER BY "offset"`;
  const messages = rows.map(({ value }) => topic.message.decode(Envelope.decode(value).payload));
  const bytes = messages.map((message) =>
    Buffer.from(topic.message.encode({ ...message, topicId: 0 }).finish()).toString('hex'),
  );
  return { messages, bytes };
}

/** What a network computes of what it was sent: everything behind the sealed sets. */
export const results = [
  busTopics.networkInferences,
  busTopics.networkLosses,
  busTopics.epochScores,
  busTopics.epochRewards,
] as const;

/** The facts of the epoch, once the gateway knows all of them up to this one. */
export async function epochOf(
  network: FaultNetwork,
  topicId: number,
  nonce: number,
  waitFor: 'inference' | 'rewards',
): Promise<EpochFacts> {
  const path = `/v1/topics/${topicId}/epochs/${nonce}?waitFor=${waitFor}&timeoutMs=20000`;
  const { status, body } = await network.get(path);
  expect(status).toBe(200);
  expect(body[waitFor], `${waitFor} of ${nonce}`).not.toBeNull();
  return body as unknown as EpochFacts;
}

export interface EpochFacts {
  readonly inference: {
    readonly mode: keyof typeof InferenceMode;
    readonly combined: number;
    readonly inferers: readonly { readonly inferer: string }[];
    readonly forecasters: readonly { readonly forecaster: string }[];
    readonly [part: string]: unknown;
  };
  readonly scores: { readonly outcome: string } | null;
  readonly rewards: { readonly payments: readonly { participant: string; amountUallo: string }[] } | null;
}

/** Stakes the reputers equally, and enough to count. */
export async function stakeAll(
  network: FaultNetwork,
  topicId: number,
  reputers: readonly Account[],
): Promise<void> {
  for (const by of reputers) {
    const { address } = by;
    const amountUallo = '5000000000000000000';
    const given = await network.post('/v1/faucet', { address, amountUallo, requestId: `t${topicId}` });
    expect(given).toMatchObject({ status: 201 });
    const value = { topicId, reputer: address, amountUallo, requestId: 'stake' };
    const staked = await network.post(
      `/v1/topics/${topicId}/stakes`,
      jsonOf(by, { $case: 'stakeDeposit', value }),
    );
    expect(staked).toMatchObject({ status: 201 });
  }
}

/** Losses of everything that the epoch's inference names; `value` says how large each is. */
export function lossesOf(
  { inference }: EpochFacts,
  about: { readonly topicId: number; readonly nonce: number; readonly reputer: string },
  value: (place: string) => string,
): Body {
  const inferers = inference.inferers.map(({ inferer }) => inferer);
  const forecasters = inference.forecasters.map(({ forecaster }) => forecaster);
  const all = (place: string, ids: readonly string[]) =>
    ids.map((worker) => ({ worker, value: value(`${place}/${worker}`) }));
  return {
    $case: 'loss',
    value: {
      ...about,
      combined: value('combined'),
      naive: value('naive'),
      inferers: all('inferers', inferers),
      forecasters: all('forecasters', forecasters),
      oneOutInferers: all('oneOutInferers', inferers),
      oneOutForecasters: all('oneOutForecasters', forecasters),
      oneInForecasters: all('oneInForecasters', forecasters),
      oneOutInfererForecasters: forecasters.map((forecaster) => ({
        forecaster,
        oneOutInferers: all(`outs/${forecaster}`, inferers),
      })),
    },
  };
}

/** mulberry32 */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

/** The same document with the keys of every object in another order. */
export function keysShuffled(value: unknown, random: () => number): unknown {
  if (Array.isArray(value)) return value.map((one) => keysShuffled(one, random));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, one]) => [key, keysShuffled(one, random)] as const);
  return Object.fromEntries(shuffled(entries, random));
}

/** The same submission with every list in another order; who signs it signs this order. */
export function listsShuffled<T>(value: T, random: () => number): T {
  if (Array.isArray(value))
    return shuffled(
      value.map((one: unknown) => listsShuffled(one, random)),
      random,
    ) as T;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, one]) => [key, listsShuffled<unknown>(one, random)]);
  return Object.fromEntries(entries) as T;
}
