import { createHash, timingSafeEqual } from 'node:crypto';
import { RefusalError } from '@allora/contracts/errors';
import type { CommonConfig } from './common-config';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Refuses a call without the configured token; digests are compared, so that time tells neither length nor content. */
export function requireAdmin(adminToken: string | undefined, authorization: string | undefined): void {
  if (adminToken === undefined) return;
  if (timingSafeEqual(digest(`Bearer ${adminToken}`), digest(authorization ?? ''))) return;
  throw new RefusalError(
    'NOT_AUTHORIZED',
    'this command asks for the operator token, as "Authorization: Bearer …"',
  );
}

/** Who may do what an operator does, by HTTP. Without a token only a process that nobody else can reach is open. */
export class Operators {
  constructor(private readonly config: Pick<CommonConfig, 'adminToken' | 'httpHost'>) {}

  require(authorization: string | undefined): void {
    const { adminToken, httpHost } = this.config;
    if (adminToken === undefined && !isLoopback(httpHost)) {
      throw new RefusalError(
        'NOT_AUTHORIZED',
        'ADMIN_TOKEN is not set, and HTTP does not listen on loopback',
      );
    }
    requireAdmin(adminToken, authorization);
  }
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
