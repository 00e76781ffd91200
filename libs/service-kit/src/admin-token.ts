import { createHash, timingSafeEqual } from 'node:crypto';
import { RefusalError } from '@allora/contracts/errors';

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
