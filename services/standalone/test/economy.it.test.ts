import 'reflect-metadata';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createClient } from '@allora/sdk/client';
import { type RunningApp, startApp } from '@allora/service-kit/app';
import { createTestDatabase } from '@allora/store/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BLOCKS_PER_MONTH } from '../demo/economy/close-month';
import { createEconomyCast } from '../demo/economy/economy-cast';
import { genesisText } from '../demo/economy/economy-genesis';
import type { EconomySummary } from '../demo/economy/economy-summary';
import { isCovered, type MonthReport } from '../demo/economy/month-report';
import { playEconomy } from '../demo/economy/play-economy';
import { standaloneConfig } from '../src/config';
import { allModules } from '../src/modules';

const chainId = 'allora-test-1';
const seed = '5';
/** Past the first unlock, and with three months that fees pay for. */
const MONTHS = 14;

let app: RunningApp;
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let directory: string;
let summary: EconomySummary;
const months: MonthReport[] = [];

beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'allora-economy-'));
  const genesisFile = path.join(directory, 'genesis.json');
  await writeFile(genesisFile, genesisText(createEconomyCast(seed), BLOCKS_PER_MONTH));
  database = await createTestDatabase();
  const parsed = standaloneConfig.parse({
    ...{ databaseUrl: database.url, databasePoolSize: 30, chainId, clock: 'manual', logLevel: 'error' },
    ...{ httpHost: '127.0.0.1', httpPort: 0, grpcHost: '127.0.0.1', grpcPort: 0 },
    ...{ genesisFile, removalDelayBlocks: 21 },
  });
  const config = { ...parsed, databaseUrl: database.url };
  app = await startApp({ name: 'standalone', config, modules: allModules(config) });
  const client = createClient({ baseUrl: app.httpUrl, chainId });
  summary = await playEconomy({ client, months: MONTHS, seed, onMonth: (month) => months.push(month) });
}, 180_000);
afterAll(async () => {
  await app?.close();
  await database?.drop();
  await rm(directory, { recursive: true, force: true });
});

describe('fourteen months of the economy', () => {
  it('break no rule and lose no base unit', () => {
    expect(months.map(({ month }) => month)).toEqual(Array.from({ length: MONTHS }, (_, n) => n));
    expect(summary).toMatchObject({ months: MONTHS, conservationErrorUallo: 0n, violations: [] });
    expect(months.every(({ rewardsUallo }) => rewardsUallo > 0n)).toBe(true);
  });

  it('mint nothing while fees cover the need, and no more than what they lack otherwise', () => {
    const covered = months.filter(isCovered);
    expect(covered.length).toBeGreaterThanOrEqual(3);
    expect(summary.monthsWithoutMint).toBe(covered.length);
    for (const { mintedInMonthUallo } of covered) expect(mintedInMonthUallo).toBe(0n);
    const others = months.filter((month) => !isCovered(month));
    for (const { mintedInMonthUallo, emissionUallo } of others) {
      expect(mintedInMonthUallo).toBeGreaterThan(0n);
      expect(mintedInMonthUallo).toBeLessThanOrEqual(emissionUallo);
    }
  });

  it('double what circulates at the first unlock, and move the smoothed rate by less than two per cent', () => {
    const [before, at] = [months[11]!, months[12]!];
    expect(before.lockedUallo).toBe(485_500_000n * 10n ** 18n);
    // Two thirds, cut to 18 digits before they are multiplied.
    const unlocked = Number(before.lockedUallo - at.lockedUallo) / 1e18;
    expect(unlocked).toBeCloseTo(485_500_000 / 3, 3);
    expect(Number(at.circulatingUallo) / Number(before.circulatingUallo)).toBeGreaterThan(1.9);
    expect(Math.abs(summary.rateChangeAtFirstUnlock!)).toBeLessThan(0.02);
    expect(summary.rateChangeAtFirstUnlock).toBe(at.rate / before.rate - 1);
  });
});
