import { styleText } from 'node:util';

export type Tone = 'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'cyan';
export type Style = (tone: Tone, text: string) => string;

/** Colours where somebody looks at a terminal and has not turned them off. */
export const styleFor = (terminal: boolean, env: NodeJS.ProcessEnv): Style => {
  const plain = !terminal || Boolean(env['NO_COLOR']) || env['TERM'] === 'dumb';
  return (tone, text) => (plain ? text : styleText(tone, text, { validateStream: false }));
};

const ESCAPES = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');
const widthOf = (text: string): number => text.replace(ESCAPES, '').length;
const padded = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - widthOf(text)));

/** Columns as wide as their widest cell; a text of lines. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[], style: Style): string {
  const all = [heads.map((head) => style('dim', head)), ...rows];
  const widths = heads.map((_, column) => Math.max(...all.map((row) => widthOf(row[column] ?? ''))));
  return all
    .map(
      (row) =>
        `${widths
          .map((width, i) => padded(row[i] ?? '', width))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

/** `name  value` lines; fields without a value are left out. */
export function facts(pairs: readonly (readonly [string, string | null])[], style: Style): string {
  const told = pairs.flatMap(([name, value]) => (value === null ? [] : [[name, value] as const]));
  const width = Math.max(0, ...told.map(([name]) => name.length));
  return told.map(([name, value]) => `${style('dim', name.padEnd(width))}  ${value}\n`).join('');
}

/** Seven significant digits, as a person reads them. */
export function numberText(value: number | null | undefined): string {
  if (value === null || value === undefined) return '-';
  return String(Number(value.toPrecision(7)));
}

export function durationText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 90) return `${seconds} s`;
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} days`;
}

const plainValue = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint'
    ? String(value)
    : value instanceof Uint8Array
      ? Buffer.from(value).toString('hex')
      : value;

/** Amounts are decimal text and bytes hex, as everywhere on the wire. */
export const jsonText = (value: unknown, indent?: number): string =>
  `${JSON.stringify(value, plainValue, indent)}\n`;
