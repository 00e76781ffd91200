/** Licences of packages that run in a service: what they ask for is met by keeping their notices. */
const shipped = new Set([
  'MIT',
  'ISC',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'Unlicense',
  'Zlib',
]);

/** Besides those, of packages that only build and test: nothing of them is handed on. */
const tools = new Set(['MPL-2.0', 'EPL-2.0', 'CC-BY-4.0', 'Python-2.0']);

/** Packages that name no licence, as their own LICENSE file has it. */
const readInTheirFiles: Readonly<Record<string, string>> = { memorystream: 'MIT', 'seq-queue': 'MIT' };

export interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
}

export interface Licensed {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly isTool: boolean;
  readonly allowed: boolean;
}

/** Every package of a lock file, with whether its licence lets it be where it is. */
export function licensesOf(packages: Readonly<Record<string, LockedPackage>>): Licensed[] {
  return Object.entries(packages)
    .filter(([place]) => place !== '')
    .map(([place, { version = '', license, dev = false, devOptional = false }]) => {
      const name = place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
      const licence = license ?? readInTheirFiles[name] ?? 'none';
      const isTool = dev || devOptional;
      return { name, version, licence, isTool, allowed: isAllowed(licence, isTool) };
    });
}

/** An SPDX expression: of alternatives one is enough, of what stands together all are needed. */
function isAllowed(expression: string, isTool: boolean): boolean {
  return expression
    .replace(/[()]/g, ' ')
    .split(/\s+or\s+/i)
    .some((alternative) =>
      alternative
        .trim()
        .split(/\s+and\s+/i)
        .every((licence) => shipped.has(licence) || (isTool && tools.has(licence))),
    );
}

/** One line for each licence, the most frequent first. */
export function licencesText(packages: readonly Licensed[]): string {
  const byLicence = new Map<string, Licensed[]>();
  for (const one of packages) byLicence.set(one.licence, [...(byLicence.get(one.licence) ?? []), one]);
  return [...byLicence]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([licence, list]) => {
      const shippedCount = list.filter(({ isTool }) => !isTool).length;
      const names =
        list.length > 12 ? '' : `: ${list.map(({ name, version }) => `${name} ${version}`).join(', ')}`;
      return `${licence}  ${list.length} packages, ${shippedCount} of them in services${names}\n`;
    })
    .join('');
}
