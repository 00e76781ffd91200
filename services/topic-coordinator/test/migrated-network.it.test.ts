import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createAccount } from '@allora/identity/account';
import { createTestDatabase } from '@allora/store/testing';
import { Database } from '@allora/store/database';
import { describe, expect, it } from 'vitest';
import {
  brief,
  listen,
  patch,
  post,
  startCoordinator,
  topicParams,
  until,
  changeBody,
} from './coordinator-harness';

const migrations = path.resolve(import.meta.dirname, '../../../prisma/migrations');

/** The migrations as they were before topics went to sleep. */
function earlierMigrations(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'migrations-'));
  for (const name of readdirSync(migrations)) {
    if (name >= '20261123060000' && name < 'a') continue;
    cpSync(path.join(migrations, name), path.join(directory, name), { recursive: true });
  }
  return directory;
}

describe('a network that is older than its blocks', () => {
  it.each([
    ['all turns were told', 21, 20],
    // Epochs that ended at 17 were not.
    ['a crash left turns untold', 17, 16],
  ])('tells them from its present height on, where %s', async (_, nextTurnHeight, from) => {
    const directory = earlierMigrations();
    const database = await createTestDatabase(directory);
    const creator = createAccount();
    const before = await Database.open({ url: database.url, maxConnections: 1 });
    await before.prisma.$executeRaw`
      INSERT INTO topic_coordinator.clock (id, height, genesis_ms) VALUES (1, 20, 1000)`;
    await before.prisma.$executeRaw`
      INSERT INTO topic_coordinator.topics (id, creator, metadata, loss_method, params, active, created_height,
                                            first_nonce, told_height, next_turn_height)
      VALUES (1, ${creator.address}, 'm', 'mse', ${JSON.stringify(topicParams)}::jsonb, true, 0, 1,
              ${nextTurnHeight - 1}::bigint, ${nextTurnHeight}::bigint)`;
    await before.prisma.$executeRaw`
      INSERT INTO topic_coordinator.applied_commands (author, request_id, hash, topic_id)
      VALUES (${creator.address}, 'r', '\\x00', 1)`;
    await before.close();

    const app = await startCoordinator(database.url);
    try {
      const heard = await listen(app);
      await post(app, '/v1/clock/advance', { height: 21 });
      await until(() => heard.blocks.at(-1)?.toHeight === 21);
      expect(heard.blocks[0]?.fromHeightExclusive).toBe(from);
      const ended = heard.blocks.flatMap((record) => record.ended.map(({ nonce }) => nonce));
      expect(ended).toEqual(from === 20 ? [13] : [9, 13]);
      await until(() => heard.epochs.map(brief).includes('21 WORKER_WINDOW_OPENED 21 after 13'));
      const again = await patch(app, '/v1/topics/1', changeBody(creator, 1, 'r', {}));
      expect(again).toMatchObject({ body: { code: 'CONFLICTING_REPEAT', topicId: 1 } });
    } finally {
      await app.close();
      await database.drop();
      rmSync(directory, { recursive: true });
    }
  });
});
