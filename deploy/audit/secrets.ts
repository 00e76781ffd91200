interface Rule {
  readonly name: string;
  readonly pattern: RegExp;
}

/** Forms in which secrets are given out, and places in which somebody writes one down. */
const rules: readonly Rule[] = [
  { name: 'private key', pattern: /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/g },
  { name: 'AWS access key', pattern: /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g },
  { name: 'GitHub token', pattern: /\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{60,})\b/g },
  { name: 'npm token', pattern: /\bnpm_[A-Za-z0-9]{36}\b/g },
  { name: 'Slack token', pattern: /\bxox[abeoprs]-[A-Za-z0-9-]{10,}/g },
  { name: 'Google API key', pattern: /\bAIza[0-9A-Za-z_-]{35}\b/g },
  { name: 'signed token', pattern: /\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}/g },
  { name: 'API key of a gateway', pattern: /\bUP-[0-9a-f]{16}-[0-9a-f]{64}\b/g },
  {
    name: 'password in a URL',
    pattern: /\b[a-z][a-z0-9+]*:\/\/[^\s:@/'"`$<{]+:(?!password@)[^\s:@/'"`$<{*]{3,}@[^\s/'"`]+/g,
  },
  {
    name: 'key or password written down',
    pattern:
      /\b(?:[A-Z0-9_]*(?:PRIVATE_KEY|NETWORK_KEY|SIGNING_KEY|SECRET_KEY|PASSWORD|ADMIN_TOKEN)|private_?[kK]ey|secret_?[kK]ey|password)['"]?\s*[:=]\s*['"]?(?:[0-9a-f]{64}|[A-Za-z0-9+/_-]{24,}={0,2})(?=['"\s,;]|$)/g,
  },
];

export interface Found {
  readonly file: string;
  readonly line: number;
  readonly rule: string;
}

/** Where a text holds what looks like a secret. What it is, is not repeated. */
export function secretsIn(file: string, text: string): Found[] {
  return rules.flatMap(({ name, pattern }) =>
    [...text.matchAll(pattern)].map((match) => ({
      file,
      line: text.slice(0, match.index).split('\n').length,
      rule: name,
    })),
  );
}

/** What looks like a secret and is none. */
export interface Allowed {
  /** Regular expression of the files. */
  readonly files: string;
  readonly rule: string;
  readonly why: string;
}

const covers = ({ files, rule }: Allowed, found: Found): boolean =>
  rule === found.rule && new RegExp(files).test(found.file);

export const notAllowed = (found: readonly Found[], allowed: readonly Allowed[]): Found[] =>
  found.filter((one) => !allowed.some((each) => covers(each, one)));

/** What is allowed and is not there any more. */
export const outdated = (found: readonly Found[], allowed: readonly Allowed[]): Allowed[] =>
  allowed.filter((each) => !found.some((one) => covers(each, one)));
