import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { requireGoProgram } from './go-program';

const tool = {
  name: 'allora-tool-of-a-test',
  source: 'example.org/tool',
  version: 'v3.1.0',
  versionArgs: ['version'],
  accepts: /^v3\./,
};
const { PATH } = process.env;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'allora-tools-'));
  process.env.PATH = folder;
});
afterEach(() => {
  process.env.PATH = PATH;
  rmSync(folder, { recursive: true });
});

const put = (name: string, script: string): string => {
  const file = path.join(folder, name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return file;
};

describe('requireGoProgram', () => {
  it('takes the one in the PATH whose version will do', async () => {
    const file = put(tool.name, '[ "$1" = version ] && echo v3.9.1');
    expect(await requireGoProgram(tool, () => undefined)).toBe(file);
  });

  it('says what to do where the one in the PATH will not do and none can be built', async () => {
    put(tool.name, 'echo v2.17.0');
    await expect(requireGoProgram(tool, () => undefined)).rejects.toMatchObject({
      code: 'PROGRAM_MISSING',
      message: expect.stringContaining('golang-go') as string,
    });
  });
});
