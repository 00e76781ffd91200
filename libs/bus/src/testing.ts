import type { BusTransport } from './transport';

export interface TrackedTransport {
  readonly transport: BusTransport;
  /** Groups whose consumption was started and never stopped: a test that leaves one has leaked it. */
  readonly openGroups: () => readonly string[];
}

export function trackConsumptions(inner: BusTransport): TrackedTransport {
  const open = new Map<object, string>();
  const transport: BusTransport = {
    ensureTopics: (topics) => inner.ensureTopics(topics),
    append: (topic, records) => inner.append(topic, records),
    consume: async (options) => {
      const consumption = await inner.consume(options);
      open.set(consumption, options.group);
      const stop = async () => {
        await consumption.stop();
        open.delete(consumption);
      };
      return { stop, lag: () => consumption.lag() };
    },
    peek: (options) => inner.peek(options),
    close: () => inner.close(),
  };
  return { transport, openGroups: () => [...open.values()] };
}
