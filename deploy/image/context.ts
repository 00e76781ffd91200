import { cpSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');

const pattern = (line: string): RegExp => {
  const source = line
    .split('/')
    .map((part) => (part === '**' ? '(.+/)?' : `${part.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}/`))
    .join('');
  return new RegExp(`^${source.replace(/\/$/, '')}(/|$)`);
};

/** What `docker build` would be sent: .dockerignore's lines in turn, as far as this house's go (paths, `*`, a leading `**`). */
export function contextFilter(): (file: string) => boolean {
  const lines = readFileSync(path.join(root, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({ lets: line.startsWith('!'), matches: pattern(line.replace('!', '')) }));
  return (file) => lines.filter(({ matches }) => matches.test(file)).at(-1)?.lets ?? true;
}

/** Copies the build's context; folders above something that is let through come with it, without the rest. */
export function copyContext(target: string): void {
  const isSent = contextFilter();
  const place = (relative: string) => path.join(root, relative);
  const walk = (folder: string): void => {
    for (const entry of readdirSync(place(folder), { withFileTypes: true })) {
      const file = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.name === 'node_modules' || entry.name === '.git') continue;
      if (entry.isDirectory()) walk(file);
      else if (isSent(file)) cpSync(place(file), path.join(target, file));
    }
  };
  walk('');
}
