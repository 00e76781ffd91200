import { Kafka, logLevel } from 'kafkajs';

export interface RewindOptions {
  readonly brokers: readonly string[];
  /** With its prefix, as the broker knows it. */
  readonly group: string;
  /** With their prefix. */
  readonly topics: readonly string[];
  /** How far back each partition goes, at most to its beginning. */
  readonly records: number;
}

/**
 * Moves what a group has committed back, so that records are delivered to it again. The group must have no members: its
 * service is stopped. Returns how many records that is.
 */
export async function rewindGroup({ brokers, group, topics, records }: RewindOptions): Promise<number> {
  const kafka = new Kafka({ clientId: 'allora-rewind', brokers: [...brokers], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  try {
    let again = 0;
    for (const { topic, partitions } of await admin.fetchOffsets({ groupId: group, topics: [...topics] })) {
      const back = partitions
        .map(({ partition, offset }) => ({ partition, offset: Number(offset) }))
        .filter(({ offset }) => offset > 0)
        .map(({ partition, offset }) => ({ partition, from: offset, to: Math.max(0, offset - records) }));
      if (back.length === 0) continue;
      const moved = back.map(({ partition, to }) => ({ partition, offset: String(to) }));
      await admin.setOffsets({ groupId: group, topic, partitions: moved });
      again += back.reduce((sum, { from, to }) => sum + from - to, 0);
    }
    return again;
  } finally {
    await admin.disconnect();
  }
}
