#!/usr/bin/env node
// The command `allora` after `npm link`: the sources run in this one process, from any folder.
import path from 'node:path';
import { register } from 'tsx/esm/api';

process.env.TSX_TSCONFIG_PATH ??= path.resolve(import.meta.dirname, '../../../tsconfig.json');
register();
await import('../src/main.ts');
