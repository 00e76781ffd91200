import { RefusalError } from '@allora/contracts/errors';
import { TransportUnavailableError } from './transport';

/**
 * A failing handler and a missing database look alike (both throw), yet a record must only ever be given up for the first.
 * What is named here says that the surroundings failed: it is tried again without limit.
 */
const infrastructureCodes = new Set([
  ...[
    'ECONNREFUSED',
    'ECONNRESET',
    'EPIPE',
    'ETIMEDOUT',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'ENETUNREACH',
  ],
  // PostgreSQL: shutting down, starting up, out of connections or disk, conflict of transactions.
  ...['57P01', '57P02', '57P03', '53000', '53100', '53200', '53300', '40001', '40P01', '55P03'],
  // Prisma: unreachable, timed out, closed, pool exhausted, write conflict, too many connections.
  ...['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2034', 'P2037'],
  // Prisma's driver adapters.
  ...[
    'DatabaseNotReachable',
    'ConnectionClosed',
    'SocketTimeout',
    'TooManyConnections',
    'TransactionWriteConflict',
  ],
]);

const messages = [
  /connection terminated/i,
  /connection error and is not queryable/i,
  /terminating connection/i,
  /timeout exceeded when trying to connect/i,
  /unable to start a transaction in the given time/i,
];

const grpcUnavailable = 14;

export function isInfrastructureFailure(error: unknown, depth = 0): boolean {
  if (depth > 8 || typeof error !== 'object' || error === null) return false;
  if (error instanceof TransportUnavailableError) return true;
  if (error instanceof RefusalError) return error.code === 'UNAVAILABLE';
  const { code, originalCode, kind, message, cause, meta, errors } = error as Record<string, unknown>;
  if (code === grpcUnavailable) return true;
  if ([code, originalCode, kind].some(isInfrastructureCode)) return true;
  if (typeof message === 'string' && messages.some((pattern) => pattern.test(message))) return true;
  const nested = [cause, driverError(meta), ...(Array.isArray(errors) ? (errors as unknown[]) : [])];
  return nested.some((inner) => isInfrastructureFailure(inner, depth + 1));
}

function isInfrastructureCode(code: unknown): boolean {
  return typeof code === 'string' && (infrastructureCodes.has(code) || /^08...$/.test(code));
}

/** Where Prisma keeps what the driver said. */
function driverError(meta: unknown): unknown {
  return typeof meta === 'object' && meta !== null && 'driverAdapterError' in meta
    ? meta.driverAdapterError
    : undefined;
}

const maxErrorChars = 4_000;

/** For logs and dead letters: name, message, and the stack down to where it began. */
export function describeFailure(error: unknown): string {
  const text = error instanceof Error ? (error.stack ?? `${error.name}: ${error.message}`) : String(error);
  return text.slice(0, maxErrorChars);
}
