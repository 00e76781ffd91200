import { readFileSync } from 'node:fs';
import path from 'node:path';
import { licencesText, licensesOf, type LockedPackage } from './licences';

const file = path.resolve(import.meta.dirname, '../../package-lock.json');
const { packages } = JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, LockedPackage> };
process.stdout.write(licencesText(licensesOf(packages)));
