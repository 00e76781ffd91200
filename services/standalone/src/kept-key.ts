import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Keys of an embedded network live beside its data, readable by their owner alone: what was signed stays verifiable. */
export function keptKey(dataDir: string, name: 'network-key' | 'evm-signing-key'): string {
  const file = path.resolve(dataDir, name);
  mkdirSync(path.dirname(file), { recursive: true });
  try {
    // Never overwritten: a second process that starts at once finds the first one's.
    writeFileSync(file, `${randomBytes(32).toString('hex')}\n`, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const key = readFileSync(file, 'utf8').trim();
  if (!/^[0-9a-f]{64}$/.test(key)) throw new Error(`${file} holds no key: 64 hex digits expected`);
  return key;
}
