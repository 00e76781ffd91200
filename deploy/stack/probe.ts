import { connect } from 'node:net';
import pg from 'pg';
import type { Part } from './state';

const timeoutMs = 3_000;

/** Talks to a server in its own protocol; throws when it does not answer as it should. */
export const probes: Record<Part, (address: string) => Promise<{ version: string }>> = {
  postgres: probePostgres,
  kafka: (brokers) => Promise.any(brokers.split(',').map(probeKafka)),
  redis: probeRedis,
};

async function probePostgres(connectionString: string): Promise<{ version: string }> {
  const client = new pg.Client({
    connectionString,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
  });
  client.on('error', () => undefined); // a server killed between two packets must not end this process
  try {
    await client.connect();
    const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
    return { version: rows[0]?.server_version ?? '' };
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function probeRedis(url: string): Promise<{ version: string }> {
  const { Redis } = await import('ioredis');
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  let reason: Error | undefined;
  redis.on('error', (error) => (reason = error));
  try {
    await redis.connect();
    return { version: /redis_version:(\S+)/.exec(await redis.info('server'))?.[1] ?? '' };
  } catch (error) {
    throw reason ?? error; // ioredis itself says only "Connection is closed."
  } finally {
    redis.disconnect();
  }
}

/** Metadata v1 for no topics: api key 3, version 1, correlation id 7, client "stack", an empty list. */
const metadataRequest = Buffer.from([
  0,
  0,
  0,
  19,
  0,
  3,
  0,
  1,
  0,
  0,
  0,
  7,
  0,
  5,
  ...Buffer.from('stack'),
  0,
  0,
  0,
  0,
]);

/**
 * A starting broker accepts connections before it serves; it counts itself in the metadata only when it does. The protocol
 * does not tell the server's version.
 */
async function probeKafka(broker: string): Promise<{ version: string }> {
  const reply = await exchange(broker, metadataRequest);
  if (reply.readInt32BE(4) !== 7) throw new Error(`${broker} does not speak Kafka`);
  if (reply.readInt32BE(8) < 1) throw new Error(`${broker} is not ready`);
  return { version: '' };
}

function exchange(broker: string, request: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connectTo(broker);
    let reply = Buffer.alloc(0);
    socket.setTimeout(timeoutMs, () =>
      socket.destroy(new Error(`${broker} does not answer within ${timeoutMs} ms`)),
    );
    socket.once('connect', () => socket.write(request));
    socket.once('error', reject).once('close', () => reject(new Error(`${broker} closed the connection`)));
    socket.on('data', (chunk) => {
      reply = Buffer.concat([reply, chunk]);
      if (reply.length < 12) return;
      resolve(reply);
      socket.destroy();
    });
  });
}

/** Only that someone listens: all that can be asked of a broker that wants TLS or a login. */
export function listening(broker: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connectTo(broker);
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`${broker} does not answer`)));
    socket.once('error', reject).once('connect', () => {
      socket.destroy();
      resolve();
    });
  });
}

function connectTo(broker: string) {
  const colon = broker.trim().lastIndexOf(':');
  return connect({ host: broker.trim().slice(0, colon), port: Number(broker.trim().slice(colon + 1)) });
}
