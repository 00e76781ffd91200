import { createHash } from 'node:crypto';

/**
 * What every answer carries, as one table that is made once: the usual plug-in works these out for each request, in a promise,
 * which a read from memory would pay more for than for the answer itself. They fit an API: nothing of it is ever shown as a page
 * inside another one, run as a script or used as a source of anything.
 */
export const securityHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  // Read by browsers only where TLS is, which is before us.
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** For a route that answers with a page which loads its own scripts and styles, and speaks to this API. */
export const documentPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  // The interactive page sets styles from its scripts.
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** For a page whose one style sheet stands in it. */
export const pagePolicy = (style: string): string =>
  `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; ` +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** What belongs to one caller, or is told once: no cache on the way keeps it. */
export const notCached = { 'cache-control': 'no-store' } as const;
