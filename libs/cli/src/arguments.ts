import { InvalidArgumentError } from 'commander';

const whole = (least: number, what: string) => (text: string) => {
  if (/^\d{1,15}$/.test(text) && Number(text) >= least) return Number(text);
  throw new InvalidArgumentError(`expected ${what}`);
};

export const parseTopic = whole(1, 'the id of a topic: a whole number from 1');
export const parseNonce = whole(0, 'a nonce: the block height at which the epoch opened');
export const parseCount = whole(1, 'a whole number from 1');
export const parsePort = whole(0, 'a port');

export function parseNumber(text: string): number {
  if (text.trim() !== '' && Number.isFinite(Number(text))) return Number(text);
  throw new InvalidArgumentError('expected a number');
}

export function parsePart(text: string): number {
  const part = parseNumber(text);
  if (part >= 0 && part <= 1) return part;
  throw new InvalidArgumentError('expected a part from 0 to 1, such as 0.95');
}

export function parseUrl(text: string): string {
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return text.replace(/\/+$/, '');
  throw new InvalidArgumentError('expected http://host:port');
}

export function parseAddress(text: string): string {
  if (/^allo1[0-9a-z]{38,58}$/.test(text)) return text;
  throw new InvalidArgumentError('expected an address: allo1…');
}

/** Splits a line as a shell does: quotes hold words together, and a backslash takes the next character as it is. */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let i = 0; i < line.length; i += 1) {
    const character = line[i]!;
    if (character === quote) quote = undefined;
    else if (quote === undefined && (character === '"' || character === "'")) {
      quote = character;
      word ??= '';
    } else if (character === '\\' && quote !== "'" && i + 1 < line.length)
      word = (word ?? '') + line[(i += 1)]!;
    else if (quote === undefined && /\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + character;
  }
  if (quote !== undefined) throw new InvalidArgumentError(`a quote ${quote} is not closed`);
  if (word !== undefined) words.push(word);
  if (words.length === 0) throw new InvalidArgumentError('expected a program and its arguments');
  return words;
}
