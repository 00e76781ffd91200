import { Redis } from 'ioredis';
import type { Cache, Unsubscribe } from './cache';
import { CacheChannels } from './cache-channels';
import type { Log } from './log';

interface RedisCacheOptions {
  readonly url: string;
  readonly log: Log;
  /** Keeps networks apart that share a server; it stands before every key and channel. */
  readonly prefix: string;
  /** A command unanswered for longer fails, so that an ailing Redis slows nobody down for long. */
  readonly commandTimeoutMs?: number;
}

export interface RedisCache extends Cache {
  /** The connection for commands, for what else the process keeps in Redis. */
  readonly connection: Redis;
}

/** Two connections: Redis allows a subscribed one nothing else. Both reconnect by themselves. */
export function createRedisCache({
  url,
  log,
  prefix,
  commandTimeoutMs = 1_000,
}: RedisCacheOptions): RedisCache {
  const commands = new Redis(url, { commandTimeout: commandTimeoutMs, maxRetriesPerRequest: 1 });
  const subscriber = new Redis(url, { maxRetriesPerRequest: null });
  const channels = new CacheChannels((error) => log.error({ error }, 'a cache listener failed'));
  for (const connection of [commands, subscriber]) {
    connection.on('error', (error: Error) => log.warn({ error }, 'redis connection'));
  }
  subscriber.on('messageBuffer', (channel: Buffer, message: Buffer) =>
    channels.tell(channel.toString(), message),
  );
  const named = (name: string) => `${prefix}${name}`;

  return {
    connection: commands,
    get: async (key) => (await commands.getBuffer(named(key))) ?? undefined,
    set: async (key, value, ttlMs) => {
      const bytes = Buffer.from(value);
      await (ttlMs === undefined
        ? commands.set(named(key), bytes)
        : commands.set(named(key), bytes, 'PX', Math.max(1, Math.ceil(ttlMs))));
    },
    setIfAbsent: async (key, value, ttlMs) => {
      await commands.set(named(key), Buffer.from(value), 'PX', Math.max(1, Math.ceil(ttlMs)), 'NX');
    },
    delete: async (key) => {
      await commands.del(named(key));
    },
    publish: async (channel, message) => {
      await commands.publish(named(channel), Buffer.from(message));
    },
    subscribe: async (channel, listener): Promise<Unsubscribe> => {
      channels.add(named(channel), listener);
      await subscriber.subscribe(named(channel));
      return async () => {
        channels.remove(named(channel), listener);
        if (!channels.has(named(channel))) await subscriber.unsubscribe(named(channel));
      };
    },
    ping: async () => {
      await commands.ping();
    },
    close: async () => {
      channels.clear();
      commands.disconnect();
      subscriber.disconnect();
    },
  };
}
