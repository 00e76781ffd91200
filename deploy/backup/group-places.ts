import { commitAs, isOwn, openKafka, ownTopics, withAdmin, type LogAddress } from './kafka';

/** Group, topic (both without prefix), partition: the next record that the group reads. */
export type GroupPlaces = Readonly<
  Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>
>;

/**
 * How far every service has come. Taken before the database is: what stands before these places is in the dump, and of what
 * follows each record that already is in it is known by its id.
 */
export function groupPlaces(address: LogAddress): Promise<GroupPlaces> {
  const { prefix } = address;
  return withAdmin(openKafka(address), async (admin) => {
    const { groups } = await admin.listGroups();
    const own = groups.map(({ groupId }) => groupId).filter((id) => isOwn(id, prefix));
    const topics = await ownTopics(admin, prefix);
    const places = own.map(async (groupId) => {
      const offsets = await admin.fetchOffsets({ groupId, topics });
      const byTopic = offsets.flatMap(({ topic, partitions }) => {
        const known = partitions.filter(({ offset }) => Number(offset) >= 0);
        if (known.length === 0) return [];
        return [
          [topic.slice(prefix.length), Object.fromEntries(known.map((one) => [one.partition, one.offset]))],
        ];
      });
      return [groupId.slice(prefix.length), Object.fromEntries(byTopic) as GroupPlaces[string]] as const;
    });
    return Object.fromEntries(await Promise.all(places));
  });
}

/** Every group reads on from there; a topic that it had not read by then, from its beginning. No service may run. */
export async function placeGroups(address: LogAddress, places: GroupPlaces): Promise<void> {
  const { prefix } = address;
  const kafka = openKafka(address);
  const topics = await withAdmin(kafka, (admin) => ownTopics(admin, prefix));
  await Promise.all(
    Object.entries(places).map(async ([group, byTopic]) => {
      const groupId = prefix + group;
      const read = await withAdmin(kafka, (admin) => admin.fetchOffsets({ groupId, topics }));
      const due = read.flatMap(({ topic, partitions }) => {
        const known = byTopic[topic.slice(prefix.length)] ?? {};
        return partitions
          .filter(({ partition, offset }) => known[partition] !== undefined || Number(offset) >= 0)
          .map(({ partition }) => ({ topic, partition, offset: known[partition] ?? '0' }));
      });
      if (due.length > 0) await commitAs(kafka, groupId, due);
    }),
  );
}
