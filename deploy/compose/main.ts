import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { frontConfiguration } from './front';

/** `tsx deploy/compose/main.ts`: renews what is made of the chart's lists. */
writeFileSync(path.join(import.meta.dirname, 'front.conf'), frontConfiguration());
