import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import path from 'node:path';

// Of bundled ES modules: what they import, or look up by createRequire(…).resolve.
const specifiers = /(?:\bfrom|\bimport|\bresolve)\s*\(?\s*["']([^"'\n]+)["']/g;
const isBuiltin = (name) => name.startsWith('node:') || builtinModules.includes(name);

/** `@scope/name/part` -> `@scope/name`. */
const packageOf = (specifier) => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');

/** The packages that the entries and all that they import name, of those among `known`. */
export function packagesOf(entries, known) {
  const named = new Set();
  const files = entries.map((entry) => path.resolve(entry));
  for (const file of files) {
    for (const [, specifier] of readFileSync(file, 'utf8').matchAll(specifiers)) {
      if (specifier.startsWith('.')) {
        const next = path.resolve(path.dirname(file), specifier);
        if (next.endsWith('.js') && !files.includes(next)) files.push(next);
      } else if (!isBuiltin(specifier)) named.add(packageOf(specifier));
    }
  }
  return { files, packages: [...named].filter((name) => known.includes(name)).sort() };
}
