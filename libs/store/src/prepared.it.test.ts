import { afterAll, beforeAll, expect, test } from 'vitest';
import { Database } from './database';
import { PREPARED } from './prepared';
import { createTestDatabase, type TestDatabase } from './testing';

let place: TestDatabase;
let database: Database;

beforeAll(async () => {
  place = await createTestDatabase();
  database = Database.open({ url: place.url, maxConnections: 1 });
});

afterAll(async () => {
  await database.close();
  await place.drop();
});

test('a marked statement is prepared once a connection, any other not at all', async () => {
  for (const number of [1, 2, 3]) {
    await database.transaction(async (tx) => {
      expect(await tx.$queryRaw`${PREPARED} SELECT ${number}::int AS number`).toEqual([{ number }]);
      expect(await tx.$queryRaw`SELECT ${number}::int AS number`).toEqual([{ number }]);
    });
  }
  await database.prisma.$queryRaw`${PREPARED} SELECT 'other' AS text`;
  const kept = await database.prisma.$queryRaw`
    SELECT statement LIKE '%::int AS number' AS first, statement LIKE '%other%' AS second,
           (generic_plans + custom_plans)::int AS plans
      FROM pg_prepared_statements ORDER BY prepare_time`;
  expect(kept).toEqual([
    { first: true, second: false, plans: 3 },
    { first: false, second: true, plans: 1 },
  ]);
});
