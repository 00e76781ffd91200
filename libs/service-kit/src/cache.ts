export type Unsubscribe = () => Promise<void>;

/**
 * What may be lost: latest values, rate limits, fan-out to open streams. Everything here can be had again from the database,
 * so a reader treats an empty cache as usual.
 */
export interface Cache {
  get(key: string): Promise<Buffer | undefined>;
  /** Kept for `ttlMs`, or until deleted. */
  set(key: string, value: Uint8Array, ttlMs?: number): Promise<void>;
  /** What a reader found elsewhere: it never takes the place of what is there. */
  setIfAbsent(key: string, value: Uint8Array, ttlMs: number): Promise<void>;
  delete(key: string): Promise<void>;
  /** To everyone subscribed at this moment, in every process that shares the cache; messages of one publisher in order. */
  publish(channel: string, message: Uint8Array): Promise<void>;
  /** Resolves once messages are being received. */
  subscribe(channel: string, listener: (message: Buffer) => void): Promise<Unsubscribe>;
  /** Rejects when the cache cannot be reached. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
