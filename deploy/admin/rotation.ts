export interface Rotation {
  /** Of the next key, 32 bytes in hex. */
  readonly secret: string;
  /** What it is known by: a public key, or an address. */
  readonly next: string;
  /** Settings of every service that signs, checks or shows keys, roll-out by roll-out. */
  readonly steps: readonly RotationStep[];
}

export interface RotationStep {
  readonly what: string;
  readonly settings: Readonly<Record<string, string>>;
}

export interface RotationOrder {
  /** What the key that signs now is known by. */
  readonly present: string;
  readonly startsAt: Date;
  /** How long what the present key has signed is still taken after that. */
  readonly overlapMs: number;
  /** Former keys as they are told now, which stay told. */
  readonly listed?: readonly string[];
}

export const time = (date: Date): string => date.toISOString().replace(/\.\d+Z$/, 'Z');

/** The setting that tells of keys: the one that comes, then the one that has gone, each after those that were told before. */
export function toldKeys({ present, startsAt, overlapMs, listed = [] }: RotationOrder, next: string) {
  const until = time(new Date(startsAt.getTime() + overlapMs));
  const others = listed.filter((entry) => ![present, next].includes(entry.split('@')[0]!));
  return {
    before: [...others, `${next}@${time(startsAt)}/`].join(','),
    after: [...others, `${present}@/${until}`].join(','),
    until,
  };
}

export const rotationText = (title: string, { next, steps }: Rotation): string =>
  [
    `${title}: ${next}`,
    'The secret is shown this once. Each step that has settings is one roll-out.',
    ...steps.flatMap(({ what, settings }, n) => [
      '',
      `${n + 1}. ${what}`,
      ...Object.entries(settings).map(([name, value]) => `   ${name}=${value}`),
    ]),
    '',
  ].join('\n');
