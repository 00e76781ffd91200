import type { PrismaClient } from './gen/prisma/client';

/** A client inside one transaction. Raw SQL goes through `$queryRaw` and `$executeRaw` of the same. */
export type Tx = Parameters<Parameters<PrismaClient['$transaction']>[0]>[0];
