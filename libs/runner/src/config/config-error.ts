import type { z } from 'zod';

/** Something in a configuration is wrong; the message has a line for each fault, with its place. */
export class ConfigError extends Error {
  constructor(
    readonly source: string,
    readonly faults: readonly { readonly path: string; readonly message: string }[],
  ) {
    super([`${source}:`, ...faults.map(({ path, message }) => `  ${path}: ${message}`)].join('\n'));
    this.name = 'ConfigError';
  }
}

/** `workers[0].inference.url`; `(top)` for the whole. */
export function pathText(path: readonly PropertyKey[]): string {
  const text = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  return text === '' ? '(top)' : text.replace(/^\./, '');
}

export const configErrorOf = (source: string, error: z.ZodError): ConfigError =>
  new ConfigError(
    source,
    error.issues.map(({ path, message }) => ({ path: pathText(path), message })),
  );
