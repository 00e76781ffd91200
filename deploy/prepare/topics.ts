import { createKafkaTransport, type KafkaTransportOptions } from '@allora/bus/kafka-transport';
import { deadLetterTopic } from '@allora/bus/transport';
import { allBusTopics } from '@allora/contracts/catalog';

/** Every topic of the catalog, and the dead letters of those that somebody reads. */
export const allTopics = () =>
  allBusTopics.flatMap(({ name, retentionDays, consumers }) => [
    { name, retentionDays },
    ...(consumers.length > 0 ? [{ name: deadLetterTopic(name), retentionDays: null }] : []),
  ]);

/** Makes the Kafka topics that are missing; those that exist stay as they are. Services find nothing left to make. */
export async function makeTopics(options: KafkaTransportOptions): Promise<number> {
  const transport = createKafkaTransport(options);
  try {
    const topics = allTopics();
    await transport.ensureTopics(topics);
    return topics.length;
  } finally {
    await transport.close();
  }
}
