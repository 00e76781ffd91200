import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** The key of an embedded network lives beside its data, readable by its owner alone: old receipts stay verifiable. */
export function keptNetworkKey(dataDir: string): string {
  const file = path.resolve(dataDir, 'network-key');
  mkdirSync(path.dirname(file), { recursive: true });
  try {
    // Never overwritten: a second process that starts at once finds the first one's.
    writeFileSync(file, `${randomBytes(32).toString('hex')}\n`, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const key = readFileSync(file, 'utf8').trim();
  if (!/^[0-9a-f]{64}$/.test(key)) throw new Error(`${file} holds no network key: 64 hex digits expected`);
  return key;
}
