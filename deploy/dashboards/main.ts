import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { generated } from './generated';

/** Writes the dashboards and the rules of the service levels. */
const files = path.resolve(import.meta.dirname, '../../helm/allora/files');
for (const [name, text] of generated()) {
  const file = path.join(files, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  process.stdout.write(`${name}\n`);
}
