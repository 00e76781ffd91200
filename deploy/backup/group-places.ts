import { openKafka, ownTopics, withAdmin, type LogAddress } from './log-dump';

/** Group, topic (both without prefix), partition: the next record that the group reads. */
export type GroupPlaces = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>>;

const OWN = /^allora\./;

/**
 * How far every service has come. Taken before the database is: what stands before these places is in the dump, and of what
 * follows each record that already is in it is known by its id.
 */
export function groupPlaces(address: LogAddress): Promise<GroupPlaces> {
  const { prefix } = address;
  return withAdmin(openKafka(address), async (admin) => {
    const { groups } = await admin.listGroups();
    const own = groups
      .map(({ groupId }) => groupId)
      .filter((id) => id.startsWith(prefix) && OWN.test(id.slice(prefix.length)));
    const topics = await ownTopics(admin, prefix);
    const places = own.map(async (groupId) => {
      const offsets = await admin.fetchOffsets({ groupId, topics });
      const byTopic = offsets.flatMap(({ topic, partitions }) => {
        const known = partitions.filter(({ offset }) => Number(offset) >= 0);
        if (known.length === 0) return [];
        return [[topic.slice(prefix.length), Object.fromEntries(known.map((one) => [one.partition, one.offset]))]];
      });
      return [groupId.slice(prefix.length), Object.fromEntries(byTopic) as GroupPlaces[string]] as const;
    });
    return Object.fromEntries(await Promise.all(places));
  });
}

/** Every group reads on from there; a topic that it had not read yet, from its beginning. No service may run. */
export function placeGroups(address: LogAddress, places: GroupPlaces): Promise<void> {
  const { prefix } = address;
  return withAdmin(openKafka(address), async (admin) => {
    const topics = await ownTopics(admin, prefix);
    for (const [group, byTopic] of Object.entries(places)) {
      const groupId = prefix + group;
      const read = await admin.fetchOffsets({ groupId, topics });
      for (const { topic, partitions: now } of read) {
        const places = byTopic[topic.slice(prefix.length)] ?? {};
        const partitions = now
          .filter(({ partition, offset }) => places[partition] !== undefined || Number(offset) >= 0)
          .map(({ partition }) => ({ partition, offset: places[partition] ?? '0' }));
        if (partitions.length > 0) await admin.setOffsets({ groupId, topic, partitions });
      }
    }
  });
}
