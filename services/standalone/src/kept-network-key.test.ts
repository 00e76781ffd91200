import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keptNetworkKey } from './kept-network-key';

describe('the kept network key', () => {
  let dataDir: string;
  beforeEach(() => (dataDir = mkdtempSync(path.join(tmpdir(), 'allora-key-'))));
  afterEach(() => rmSync(dataDir, { recursive: true }));

  it('is made once, and the same from then on', () => {
    const key = keptNetworkKey(path.join(dataDir, 'new'));
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect(keptNetworkKey(path.join(dataDir, 'new'))).toBe(key);
    expect(keptNetworkKey(dataDir)).not.toBe(key);
  });

  it('is for its owner alone', () => {
    keptNetworkKey(dataDir);
    expect(statSync(path.join(dataDir, 'network-key')).mode & 0o777).toBe(0o600);
  });

  it('is not replaced when it is broken', () => {
    writeFileSync(path.join(dataDir, 'network-key'), 'half');
    expect(() => keptNetworkKey(dataDir)).toThrow(/holds no network key/);
  });
});
