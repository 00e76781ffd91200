import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keptKey } from './kept-key';

describe('a kept key', () => {
  let dataDir: string;
  beforeEach(() => (dataDir = mkdtempSync(path.join(tmpdir(), 'allora-key-'))));
  afterEach(() => rmSync(dataDir, { recursive: true }));

  it('is made once, and the same from then on', () => {
    const key = keptKey(path.join(dataDir, 'new'), 'network-key');
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect(keptKey(path.join(dataDir, 'new'), 'network-key')).toBe(key);
    expect(keptKey(dataDir, 'network-key')).not.toBe(key);
  });

  it('is another one under another name', () => {
    expect(keptKey(dataDir, 'evm-signing-key')).not.toBe(keptKey(dataDir, 'network-key'));
  });

  it('is for its owner alone', () => {
    keptKey(dataDir, 'network-key');
    expect(statSync(path.join(dataDir, 'network-key')).mode & 0o777).toBe(0o600);
  });

  it('is not replaced when it is broken', () => {
    writeFileSync(path.join(dataDir, 'network-key'), 'half');
    expect(() => keptKey(dataDir, 'network-key')).toThrow(/holds no key/);
  });
});
