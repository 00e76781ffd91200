import { allBusTopics, busTopics } from './catalog';

/** As the catalog's `key` makes it. */
const keyText = (name: string) => (name === busTopics.blocks.name ? '`network`' : 'topic id');

/** The page that shows the catalog; kept in EVENTS.md beside this project. */
export function eventsPage(): string {
  const rows = allBusTopics.map(
    ({ name, schema, producer, consumers, retentionDays }) =>
      `| \`${name}\` | ${keyText(name)} | \`${schema}\` | ${producer} | ${consumers.join(', ')} | ${
        retentionDays === null ? 'for ever' : `${retentionDays} days`
      } |`,
  );
  return [
    '# Events',
    '',
    'Generated from `src/catalog.ts`: `npm run generate -- events`. Every record is an `allora.bus.v1.Envelope` around the message;',
    'what could not be handled goes to `<topic>.dlq`.',
    '',
    '| Kafka topic | key | message | producer | consumers | kept |',
    '|---|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
