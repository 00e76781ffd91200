import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { randomBytes } from 'node:crypto';
import { deleteTopicsOf } from '@allora/bus/kafka-admin';
import pg from 'pg';
import { onTestFailed } from 'vitest';
import { ensureStack } from '../../../../deploy/stack/stack';
import type { DistributedParts } from '../../demo/network';
import type { Release } from './fleet';

export const root = path.resolve(import.meta.dirname, '../../../..');

/** What a test stands on, and how it is taken down again, last first. */
export class Stage {
  /** Logs and builds. */
  readonly dir = mkdtempSync(path.join(os.tmpdir(), 'allora-operations-'));
  private keeps = false;
  private readonly steps: (() => unknown)[] = [
    () => this.keeps || rmSync(this.dir, { recursive: true, force: true, maxRetries: 5 }),
  ];

  /** Inside a test: what the processes said is kept when it fails. */
  keepLogsOfFailure(): void {
    onTestFailed(() => {
      this.keeps = true;
      console.error(`The logs are in ${this.dir}`);
    });
  }

  onClose(step: () => unknown): void {
    this.steps.push(step);
  }

  async close(): Promise<void> {
    for (const step of this.steps.splice(0).reverse()) await step();
  }

  /** An empty database and a Kafka prefix of their own; the first process to start migrates it. */
  async parts(): Promise<DistributedParts> {
    const { databaseUrl, kafkaBrokers, redisUrl } = await ensureStack();
    const name = `allora_operations_${randomBytes(5).toString('hex')}`;
    await onServer(databaseUrl, `CREATE DATABASE ${name}`);
    this.onClose(() => onServer(databaseUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
    const busTopicPrefix = `${name.replaceAll('_', '-')}.`;
    this.onClose(() => deleteTopicsOf(kafkaBrokers.split(','), busTopicPrefix));
    const own = new URL(databaseUrl);
    own.pathname = `/${name}`;
    return {
      databaseUrl: own.href,
      kafkaBrokers,
      redisUrl,
      busTopicPrefix,
    };
  }

  /** The build as it is now: a copy, so that a build meanwhile changes nothing under processes that restart. */
  currentRelease(): Release {
    const dir = path.join(this.dir, 'current');
    if (existsSync(dir)) return { name: 'this version', dir };
    for (const part of ['dist', 'prisma'])
      cpSync(path.join(root, part), path.join(dir, part), { recursive: true });
    cpSync(path.join(root, 'package.json'), path.join(dir, 'package.json'));
    symlinkSync(path.join(root, 'node_modules'), path.join(dir, 'node_modules'));
    return { name: 'this version', dir };
  }
}

export async function onServer(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
