import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Database } from './database';
import { hexArray, numberArray, textArray } from './pg-array';
import { createTestDatabase, type TestDatabase } from './testing';

let test: TestDatabase;
let database: Database;

beforeAll(async () => {
  test = await createTestDatabase();
  database = Database.open({ url: test.url, maxConnections: 2 });
});
afterAll(async () => {
  await database.close();
  await test.drop();
});

describe('array literals reach PostgreSQL as they were', () => {
  it.each([
    [[]],
    [['allo1abc', '', 'null', 'NULL', ' ', 'a,b', '{x}', '"', '\\', '\\"', 'ü 日本', "it's", 'line\nbreak']],
  ])('texts %j', async (values: string[]) => {
    const rows = await database.prisma.$queryRaw<{ v: string }[]>`
      SELECT v FROM unnest(${textArray(values)}::text[]) AS v`;
    expect(rows.map(({ v }) => v)).toEqual(values);
  });

  it('numbers and bytes', async () => {
    const bytes = [new Uint8Array([0, 255, 16]), new Uint8Array()];
    const rows = await database.prisma.$queryRaw<{ n: bigint; b: Uint8Array }[]>`
      SELECT n, decode(h, 'hex') AS b
      FROM unnest(${numberArray([1, Number.MAX_SAFE_INTEGER])}::bigint[], ${hexArray(bytes)}::text[]) AS x(n, h)`;
    expect(rows.map(({ n }) => Number(n))).toEqual([1, Number.MAX_SAFE_INTEGER]);
    expect(rows.map(({ b }) => [...b])).toEqual([[0, 255, 16], []]);
  });
});
