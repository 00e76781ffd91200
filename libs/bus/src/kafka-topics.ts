import { Kafka, logLevel } from 'kafkajs';

/** What a borrowed Kafka was given under a prefix of one's own; a broker keeps topics until somebody deletes them. */
export async function deleteTopicsOf(brokers: readonly string[], prefix: string): Promise<void> {
  if (prefix === '') throw new Error('every topic begins with an empty prefix');
  const admin = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(prefix));
    await admin.deleteTopics({ topics });
  } finally {
    await admin.disconnect();
  }
}
