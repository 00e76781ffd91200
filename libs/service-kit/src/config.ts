import { z } from 'zod';
import { coerceText, describeField, type FieldFacts } from './config-field';

type Environment = Readonly<Record<string, string | undefined>>;

/** What single fields cannot say: a message that names the variable, or undefined when all is well. */
export type ConfigRule<C> = (config: C) => string | undefined;

export interface ReadOptions<S extends z.ZodObject> {
  readonly env: Environment;
  readonly rules?: readonly ConfigRule<z.output<S>>[];
}

export interface LoadOptions<S extends z.ZodObject> extends Partial<ReadOptions<S>> {
  readonly argv?: readonly string[];
}

/** Every wrong variable at once, each message naming it; values of secrets are left out. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigError';
  }
}

/** Marks a field whose value appears in no help, message or log. */
export const secret = <S extends z.ZodType>(schema: S): S =>
  schema.meta({ ...schema.meta(), secret: true }) as S;

/** Reads the environment strictly into the schema's types; an empty variable counts as not set. */
export function readConfig<S extends z.ZodObject>(
  schema: S,
  { env, rules = [] }: ReadOptions<S>,
): z.output<S> {
  const fields = fieldsOf(schema);
  const given = fields.flatMap((field) => {
    const text = env[field.variable]?.trim();
    return text === undefined || text === '' ? [] : [[field.name, coerceText(field.kind, text)] as const];
  });
  const parsed = schema.safeParse(Object.fromEntries(given));
  if (!parsed.success) throw new ConfigError(parsed.error.issues.map((issue) => problem(issue, fields, env)));
  const broken = rules.flatMap((rule) => rule(parsed.data) ?? []);
  if (broken.length > 0) throw new ConfigError(broken);
  return parsed.data;
}

/** For `main.ts`: `--help` prints every variable and exits 0, a wrong value prints what is wrong and exits 1. */
export function loadConfig<S extends z.ZodObject>(
  name: string,
  schema: S,
  { env = process.env, argv = process.argv.slice(2), rules = [] }: LoadOptions<S> = {},
): z.output<S> {
  if (argv.includes('--help') || argv.includes('-h')) {
    process.stdout.write(configHelp(name, schema));
    return process.exit(0);
  }
  try {
    const unknown = argv.map(
      (argument) => `${argument}: unknown argument; settings are environment variables`,
    );
    if (unknown.length > 0) throw new ConfigError(unknown);
    return readConfig(schema, { env, rules });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(
      `${name}: wrong configuration\n${error.problems.map((line) => `  ${line}\n`).join('')}`,
    );
    process.stderr.write('Run with --help for every variable.\n');
    return process.exit(1);
  }
}

/** A table of every variable: name, default, help. */
export function configHelp(name: string, schema: z.ZodObject): string {
  const rows = fieldsOf(schema).map((field) => [field.variable, shownDefault(field), field.help] as const);
  const width = (column: 0 | 1) => Math.max(...rows.map((row) => row[column].length)) + 2;
  const [nameWidth, defaultWidth] = [width(0), width(1)];
  const lines = [['Variable', 'Default', 'Meaning'] as const, ...rows].map(([variable, value, help]) =>
    `  ${variable.padEnd(nameWidth)}${value.padEnd(defaultWidth)}${help}`.trimEnd(),
  );
  return `${name} is configured by environment variables.\n\n${lines.join('\n')}\n`;
}

const fieldsOf = (schema: z.ZodObject): FieldFacts[] =>
  Object.entries(schema.shape).map(([name, field]) => describeField(name, field as z.ZodType));

function shownDefault(field: FieldFacts): string {
  if (field.required) return '(required)';
  if (field.fallback === undefined) return '-';
  if (field.secret) return '(hidden)';
  const text = Array.isArray(field.fallback) ? field.fallback.join(',') : String(field.fallback);
  return text === '' ? '-' : text;
}

function problem(issue: z.core.$ZodIssue, fields: readonly FieldFacts[], env: Environment): string {
  const field = fields.find(({ name }) => name === issue.path[0]);
  if (!field) return issue.message;
  const text = env[field.variable]?.trim();
  if (text === undefined || text === '') return `${field.variable}: is required (${field.help})`;
  const got = field.secret ? '' : `, got ${JSON.stringify(text)}`;
  return `${field.variable}: ${expectation(issue)}${got}`;
}

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${issue.expected === 'int' ? 'a whole number' : (named[issue.expected] ?? issue.expected)}`;
    case 'too_big':
      return `expected at most ${issue.maximum}${unit(issue.origin)}`;
    case 'too_small':
      return `expected at least ${issue.minimum}${unit(issue.origin)}`;
    case 'invalid_value':
      return `expected one of ${issue.values.join(', ')}`;
    default:
      return issue.message;
  }
}

const named: Readonly<Record<string, string>> = { number: 'a number', boolean: 'true or false' };

const unit = (origin: string): string =>
  origin === 'array' ? ' items, separated by commas' : origin === 'string' ? ' characters' : '';
