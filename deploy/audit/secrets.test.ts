import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import allowed from './allowed-secrets.json' with { type: 'json' };
import { notAllowed, outdated, secretsIn } from './secrets';

const root = path.resolve(import.meta.dirname, '../..');
const BYTES_MAX = 2_000_000;

/** What is in the repository, and what is about to be. */
function repositoryFiles(): string[] {
  const listed = execFileSync(
    'git',
    ['-C', root, 'ls-files', '-z', '--cached', '--others', '--exclude-standard'],
    {
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    },
  );
  return [...new Set(listed.split('\0'))].filter((file) => {
    const stats = file === '' ? undefined : statSync(path.join(root, file), { throwIfNoEntry: false });
    return stats?.isFile() === true && stats.size <= BYTES_MAX;
  });
}

describe('secrets', () => {
  it('are in no file of the repository', () => {
    const files = repositoryFiles();
    expect(files.length).toBeGreaterThan(500);
    const found = files.flatMap((file) => secretsIn(file, readFileSync(path.join(root, file), 'utf8')));
    expect(notAllowed(found, allowed)).toEqual([]);
    expect(outdated(found, allowed)).toEqual([]);
  });

  const hex = 'ab'.repeat(32);
  it.each([
    ['private key', `-----BEGIN ${'EC PRIVATE'} KEY-----`],
    ['AWS access key', `AKIA${'ABCDEFGH12345678'}`],
    ['GitHub token', `ghp_${'a1'.repeat(18)}`],
    ['npm token', `npm_${'a1'.repeat(18)}`],
    ['Slack token', `xoxb-${'1234567890'}`],
    ['Google API key', `AIza${'a'.repeat(35)}`],
    ['signed token', `eyJ${'a'.repeat(20)}.eyJ${'b'.repeat(20)}.${'c'.repeat(30)}`],
    ['API key of a gateway', `UP-${'ab'.repeat(8)}-${hex}`],
    ['password in a URL', `postgresql://allora:${'hunter2hunter2'}@db.example.com/allora`],
    ['key or password written down', `NETWORK_KEY=${hex}`],
    ['key or password written down', `  "password": "${'Zm9vYmFyYmF6cXV4MTIzNDU2'}",`],
  ])('of the form %s are found', (rule, text) => {
    expect(secretsIn('a.txt', `first line\n${text}\n`)).toEqual([{ file: 'a.txt', line: 2, rule }]);
  });

  it.each([
    'postgresql://user:$' + '{PASSWORD}@host/db',
    'NETWORK_KEY=',
    'password: z.string().min(1)',
    'redis://localhost:6379',
  ])('are not seen in %s', (text) => {
    expect(secretsIn('a.txt', text)).toEqual([]);
  });
});
