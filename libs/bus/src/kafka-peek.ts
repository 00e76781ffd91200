import { randomUUID } from 'node:crypto';
import type { Admin, Consumer } from 'kafkajs';
import { describeFailure } from './failure';
import { stored } from './kafka-consumption';
import type { PeekOptions, TransportLog } from './transport';

interface KafkaPeekGiven {
  readonly admin: Admin;
  readonly prefix: string;
  readonly log: TransportLog;
  readonly newConsumer: (groupId: string) => Consumer;
}

/** A partition that comes to nothing within this time is left out: a list with a gap is better than none. */
const patienceMs = 20_000;

/** Reads beside a group, as a group of its own that commits nothing and is removed again. */
export async function peekKafka<T>(given: KafkaPeekGiven, options: PeekOptions<T>): Promise<T[]> {
  const { admin, prefix, log } = given;
  const topic = prefix + options.topic;
  const unread = await unreadRanges(admin, topic, prefix + options.group);
  if (unread.size === 0) return [];
  const groupId = `${prefix}${options.group}.peek-${randomUUID()}`;
  const consumer = given.newConsumer(groupId);
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    return await gather(consumer, topic, unread, given, options);
  } finally {
    await consumer.disconnect().catch(() => undefined);
    await admin.deleteGroups([groupId]).catch((error: unknown) => {
      log.warn({ group: groupId, error: describeFailure(error) }, 'a group of one reading stays behind');
    });
  }
}

interface Range {
  readonly from: number;
  /** Of the last record. */
  readonly last: number;
}

async function unreadRanges(admin: Admin, topic: string, groupId: string): Promise<Map<number, Range>> {
  const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] });
  const next = new Map(committed?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
  const ranges = (await admin.fetchTopicOffsets(topic)).map(({ partition, low, high }) => {
    const from = Math.max(Number(low), next.get(partition) ?? 0);
    return [partition, { from, last: Number(high) - 1 }] as const;
  });
  return new Map(ranges.filter(([, { from, last }]) => from <= last));
}

async function gather<T>(
  consumer: Consumer,
  topic: string,
  unread: ReadonlyMap<number, Range>,
  { prefix }: KafkaPeekGiven,
  { limit, pick }: PeekOptions<T>,
): Promise<T[]> {
  const picked: T[] = [];
  const open = new Set(unread.keys());
  let timer: NodeJS.Timeout | undefined;
  await new Promise<void>((resolve, reject) => {
    timer = setTimeout(resolve, patienceMs);
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
    consumer
      .run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        eachBatch: async ({ batch, resolveOffset }) => {
          const range = unread.get(batch.partition);
          for (const message of range ? batch.messages : []) {
            if (Number(message.offset) < range!.from || picked.length >= limit) continue;
            const taken = pick(
              stored({ topic: topic.slice(prefix.length), partition: batch.partition }, message),
            );
            if (taken !== undefined) picked.push(taken);
          }
          resolveOffset(batch.lastOffset());
          if (range && Number(batch.lastOffset()) >= range.last) open.delete(batch.partition);
          if (open.size === 0 || picked.length >= limit) resolve();
          return Promise.resolve();
        },
      })
      .catch(reject);
    for (const [partition, { from }] of unread) consumer.seek({ topic, partition, offset: String(from) });
  }).finally(() => clearTimeout(timer));
  return picked;
}
