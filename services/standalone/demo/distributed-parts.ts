import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { promisify } from 'node:util';
import { deleteTopicsOf } from '@allora/bus/kafka-admin';
import { Client } from 'pg';
import type { DistributedParts } from './network';

const run = promisify(execFile);

export interface BorrowedParts extends DistributedParts {
  /** Drops the database and the topics; the servers stay up for the next run. */
  giveBack(): Promise<void>;
}

/** A database and a Kafka prefix of their own on the developer's stack, which is started where it is down. */
export async function borrowParts(root: string): Promise<BorrowedParts> {
  const { stdout } = await run(path.join(root, 'node_modules/.bin/tsx'), ['deploy/stack/main.ts', 'up'], {
    cwd: root,
  });
  const address = (name: string) => {
    const line = stdout.split('\n').find((text) => text.startsWith(`${name}=`));
    if (!line) throw new Error(`npm run stack -- up did not say ${name}`);
    return line.slice(name.length + 1).trim();
  };
  const name = `allora_demo_${randomBytes(5).toString('hex')}`;
  const serverUrl = address('DATABASE_URL');
  await onServer(serverUrl, `CREATE DATABASE ${name}`);
  const databaseUrl = new URL(serverUrl);
  databaseUrl.pathname = `/${name}`;
  const kafkaBrokers = address('KAFKA_BROKERS');
  const busTopicPrefix = `${name.replaceAll('_', '-')}.`;
  return {
    databaseUrl: databaseUrl.href,
    kafkaBrokers,
    redisUrl: address('REDIS_URL'),
    busTopicPrefix,
    giveBack: async () => {
      await onServer(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await deleteTopicsOf(kafkaBrokers.split(','), busTopicPrefix);
    },
  };
}

async function onServer(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
