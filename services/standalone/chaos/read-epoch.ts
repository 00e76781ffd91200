import { setTimeout as sleep } from 'node:timers/promises';
import { type BusTopic, busTopics } from '@allora/contracts/catalog';
import { EpochPhase } from '@allora/contracts/gen/allora/topics/v1/topics';
import type { AlloraClient } from '@allora/sdk/client';
import { Client } from 'pg';
import { digestOf, epochParts, type EpochState, type Read, type Told } from './epoch-state';
import { nonceName, type TopicNonce } from './final-state';
import type { LogReader } from './log-reader';

const partTopics = {
  inference: busTopics.networkInferences,
  losses: busTopics.networkLosses,
  scores: busTopics.epochScores,
  rewards: busTopics.epochRewards,
} as const;

const GATEWAY_LIMIT_MS = 30_000;

function told<T extends TopicNonce & { part?: number }>(reader: LogReader, topic: BusTopic<T>): Told[] {
  return reader
    .facts(topic)
    .filter(({ isCopy, message }) => !isCopy && (message.part ?? 0) === 0)
    .map(({ message, appendedAtMs }) => ({
      ...{ topicId: message.topicId, nonce: message.nonce },
      ...{ atMs: appendedAtMs, digest: digestOf(topic.message, message) },
    }));
}

export function closedEpochs(reader: LogReader): Told[] {
  return reader
    .facts(busTopics.epochs)
    .filter(({ isCopy, message }) => !isCopy && message.phase === EpochPhase.REPUTER_WINDOW_CLOSED)
    .map(({ message: { topicId, nonce }, appendedAtMs }) => ({
      ...{ topicId, nonce },
      ...{ atMs: appendedAtMs, digest: '' },
    }));
}

export function allSettled(reader: LogReader): boolean {
  const paid = new Set(told(reader, busTopics.epochRewards).map(nonceName));
  return closedEpochs(reader).every((epoch) => paid.has(nonceName(epoch)));
}

export async function readEpochs(options: {
  readonly reader: LogReader;
  readonly client: AlloraClient;
  readonly databaseUrl: string;
  readonly reads: readonly Read[];
}): Promise<EpochState> {
  const { reader, client, databaseUrl, reads } = options;
  const closed = closedEpochs(reader);
  const { mintedUallo, heldUallo } = await client.supply();
  const supply = { mintedUallo: BigInt(String(mintedUallo)), heldUallo: BigInt(String(heldUallo)) };
  return {
    closed,
    told: {
      inference: told(reader, busTopics.networkInferences),
      losses: told(reader, busTopics.networkLosses),
      scores: told(reader, busTopics.epochScores),
      rewards: told(reader, busTopics.epochRewards),
      stake_snapshot: told(reader, busTopics.stakeSnapshots),
      loss_set: told(reader, busTopics.lossSets),
    },
    rewards: reader
      .facts(busTopics.epochRewards)
      .filter(({ isCopy }) => !isCopy)
      .map(({ message }) => message),
    ...(await readLedger(databaseUrl)),
    supply,
    reads: [...reads, ...(await askGateway(client, closed))],
  };
}

/** The gateway follows the logs: it is given a moment to have read the last of them. */
async function askGateway(client: AlloraClient, closed: readonly TopicNonce[]): Promise<Read[]> {
  const deadline = Date.now() + GATEWAY_LIMIT_MS;
  const reads: Read[] = [];
  for (const { topicId, nonce } of closed) {
    let epoch = await client.epoch(topicId, nonce);
    while (!epoch.rewards && Date.now() < deadline) {
      await sleep(250);
      epoch = await client.epoch(topicId, nonce);
    }
    for (const part of epochParts) {
      const value = epoch[part];
      const { message } = partTopics[part] as unknown as BusTopic<never>;
      const digest = value ? digestOf(message, value as never) : 'nothing';
      reads.push({ topicId, nonce, part, digest });
    }
  }
  return reads;
}

export async function readLedger(databaseUrl: string): Promise<Pick<EpochState, 'transfers' | 'balances'>> {
  const database = new Client({ connectionString: databaseUrl });
  await database.connect();
  try {
    const { rows: accounts } = await database.query<{ name: string; balance: string }>(
      'SELECT name, balance_uallo::text AS balance FROM rewards.accounts',
    );
    const { rows } = await database.query<{ key: string; kind: string; account: string; amount: string }>(
      `SELECT t.key, t.kind, p.account_name AS account, p.amount_uallo::text AS amount
         FROM rewards.transfers t JOIN rewards.postings p ON p.transfer_id = t.id ORDER BY t.id, p.line`,
    );
    const transfers = new Map<string, { kind: string; lines: { account: string; amountUallo: bigint }[] }>();
    for (const { key, kind, account, amount } of rows) {
      const transfer = transfers.get(key) ?? { kind, lines: [] };
      transfer.lines.push({ account, amountUallo: BigInt(amount) });
      transfers.set(key, transfer);
    }
    return {
      balances: new Map(accounts.map(({ name, balance }) => [name, BigInt(balance)] as const)),
      transfers: [...transfers].map(([key, transfer]) => ({ key, ...transfer })),
    };
  } finally {
    await database.end();
  }
}
