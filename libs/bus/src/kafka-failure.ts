/** The broker's name for what it refused, wherever kafkajs wrapped it. */
export const kafkaTypeOf = (error: unknown): string | undefined =>
  chainOf(error)
    .map((link) => ('type' in link ? link.type : undefined))
    .find((type) => typeof type === 'string');

const settling = new Set([
  'GROUP_LOAD_IN_PROGRESS',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR_FOR_GROUP',
]);

/** What kafkajs makes of a join that another broker, or the group's next round, is to be asked for: the type is lost in it. */
const isPlain = ({ name }: Error): boolean => name === 'KafkaJSError';

/** The brokers are there, and still find out who keeps the group: for seconds after one of them began, longer than kafkajs asks. */
export const isSettling = (error: unknown): boolean =>
  settling.has(kafkaTypeOf(error) ?? '') || chainOf(error).some(isPlain);

function chainOf(error: unknown): Error[] {
  const chain: Error[] = [];
  for (let at = error; at instanceof Error && chain.length < 5; at = at.cause) chain.push(at);
  return chain;
}
