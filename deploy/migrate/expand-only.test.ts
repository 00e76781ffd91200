import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import previous from '../release/previous.json' with { type: 'json' };
import { breakagesOf } from './expand-only';

const directory = path.resolve(import.meta.dirname, '../../prisma/migrations');

/** Those that a roll-out from the release before applies while its replicas run. */
const since = readdirSync(directory, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name > previous.lastMigration)
  .map(({ name }) => ({ name, sql: readFileSync(path.join(directory, name, 'migration.sql'), 'utf8') }))
  .sort((a, b) => (a.name < b.name ? -1 : 1));

describe('migrations since the release before', () => {
  it('begin behind one that is there', () => {
    expect(readdirSync(directory)).toContain(previous.lastMigration);
  });

  it('only add: its replicas survive them', () => {
    expect(breakagesOf(since)).toEqual([]);
  });
});

describe('a statement that the release before would not survive', () => {
  const judge = (sql: string) => breakagesOf([{ name: 'one', sql }]).map(({ breaks }) => breaks);

  it.each([
    'DROP TABLE "rewards"."old"',
    'ALTER TABLE "rewards"."topics" DROP COLUMN "a"',
    'ALTER TABLE "rewards"."topics" RENAME COLUMN "a" TO "b"',
    'ALTER TABLE "rewards"."topics" ALTER COLUMN "a" SET DATA TYPE TEXT',
    'ALTER TABLE "rewards"."topics" ALTER COLUMN "a" SET NOT NULL',
    'ALTER TABLE "rewards"."topics" ADD COLUMN     "a" TEXT, ADD COLUMN "b" TEXT NOT NULL',
    'ALTER TABLE "rewards"."topics" ADD CONSTRAINT "c" CHECK ("a" > 0)',
    'CREATE UNIQUE INDEX "i" ON "rewards"."topics"("a")',
    'DELETE FROM "rewards"."topics"',
  ])('%s', (sql) => {
    expect(judge(`${sql};`)).toHaveLength(1);
    expect(judge(`-- contract: no release since 1.4 knows it\n${sql};`)).toEqual([]);
  });

  it.each([
    'CREATE TABLE "rewards"."new" ("a" TEXT NOT NULL); ALTER TABLE "rewards"."new" ADD CONSTRAINT "c" CHECK (true)',
    'ALTER TABLE "rewards"."topics" ADD COLUMN "a" TEXT NOT NULL DEFAULT \'\'',
    'ALTER TABLE "rewards"."topics" ADD COLUMN "a" TEXT',
    'CREATE INDEX "i" ON "rewards"."topics"("a")',
    'CREATE FUNCTION "f"() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN DELETE FROM x; DROP TABLE y; END $$',
  ])('is not: %s', (sql) => {
    expect(judge(`${sql};`)).toEqual([]);
  });
});
