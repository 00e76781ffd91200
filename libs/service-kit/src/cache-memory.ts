import type { Cache, Unsubscribe } from './cache';
import { CacheChannels } from './cache-channels';
import type { Log } from './log';

interface Entry {
  readonly value: Buffer;
  readonly expiresAtMs: number;
}

interface MemoryCacheOptions {
  readonly log: Log;
  /** Beyond it the entry written longest ago is dropped. */
  readonly maxEntries?: number;
}

/** The cache of a single process. */
export function createMemoryCache({ log, maxEntries = 100_000 }: MemoryCacheOptions): Cache {
  const entries = new Map<string, Entry>();
  const channels = new CacheChannels((error) => log.error({ error }, 'a cache listener failed'));

  const put = (key: string, value: Uint8Array, ttlMs: number | undefined) => {
    entries.delete(key);
    entries.set(key, {
      value: Buffer.from(value),
      expiresAtMs: ttlMs === undefined ? Infinity : performance.now() + ttlMs,
    });
    if (entries.size > maxEntries) entries.delete(entries.keys().next().value ?? key);
  };

  return {
    get: async (key) => {
      const entry = entries.get(key);
      if (!entry) return undefined;
      if (entry.expiresAtMs > performance.now()) return Buffer.from(entry.value);
      entries.delete(key);
      return undefined;
    },
    set: async (key, value, ttlMs) => put(key, value, ttlMs),
    setIfAbsent: async (key, value, ttlMs) => {
      const held = entries.get(key);
      if (!held || held.expiresAtMs <= performance.now()) put(key, value, ttlMs);
    },
    delete: async (key) => {
      entries.delete(key);
    },
    publish: async (channel, message) => {
      const copy = Buffer.from(message);
      // After the present turn, as with Redis: a publisher never runs its listeners inside its own call.
      setImmediate(() => channels.tell(channel, copy));
    },
    subscribe: async (channel, listener): Promise<Unsubscribe> => {
      channels.add(channel, listener);
      return async () => channels.remove(channel, listener);
    },
    ping: async () => undefined,
    close: async () => {
      entries.clear();
      channels.clear();
    },
  };
}
