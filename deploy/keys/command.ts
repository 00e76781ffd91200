import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { createKey, type ListedKey, listKeys, revokeKey, rotateKey, type ShownKey } from './operations';
import { OperationError, type Service } from '../operations-client';

/** What this program's exit says. */
export const exitCodes = { done: 0, refused: 1, usage: 2 } as const;

interface Output {
  out(text: string): void;
  err(text: string): void;
}

interface Common {
  readonly url: string;
  readonly token?: string;
  readonly json?: boolean;
}

interface CreateOptions extends Common {
  readonly owner: string;
  readonly name: string;
  readonly scopes: string[];
  readonly perWindow?: number;
  readonly perDay?: number;
  readonly perMonth?: number;
  readonly expiresInDays?: number;
}

const epilogue = `
Exit codes: 0 done; 1 the gateway refused or cannot be reached; 2 wrong usage.
The token, of the OIDC issuer or the operator token, is better given as ADMIN_TOKEN in the environment, where other users of the
machine do not see it.`;

type Answer = (gateway: Service) => Promise<{ readonly result: unknown; readonly text: string }>;

/** Makes, lists, replaces and revokes API keys at a gateway's port for operators. Returns the exit code. */
export async function runKeys(
  args: readonly string[],
  { out, err }: Output,
  env: NodeJS.ProcessEnv = process.env,
): Promise<number> {
  const program = new Command('keys')
    .description("API keys of a gateway's consumers")
    .addHelpText('after', epilogue);
  const run = async ({ url, token = env.ADMIN_TOKEN, json }: Common, answer: Answer) => {
    const { result, text } = await answer({ url, token: token === '' ? undefined : token });
    out(json ? `${JSON.stringify(result, null, 2)}\n` : text);
  };
  addCommands(program, run);
  for (const each of [program, ...program.commands]) {
    each.exitOverride().configureOutput({ writeOut: out, writeErr: err }).showHelpAfterError();
  }
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCodes.done;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    if (!(error instanceof OperationError)) throw error;
    err(`${error.message}\n`);
    return exitCodes.refused;
  }
}

function addCommands(program: Command, run: (options: Common, answer: Answer) => Promise<void>): void {
  const command = (name: string, description: string) =>
    program
      .command(name)
      .description(description)
      .requiredOption('--url <url>', "HTTP address of the gateway's port for operators", parseUrl)
      .option('--token <token>', 'what opens it; ADMIN_TOKEN of the environment unless given')
      .option('--json', 'answer as JSON');

  command('create', 'make a key; it is shown this once')
    .requiredOption('--owner <owner>', 'whose it is: an account, a company')
    .requiredOption('--name <name>', 'what it is for')
    .option('--scopes <scopes>', 'read, stream, purchase, separated by commas', parseList, ['read', 'stream'])
    .option(
      '--per-window <requests>',
      "requests in a window of the rate limits, not the gateway's default",
      parseCount,
    )
    .option('--per-day <requests>', 'requests in a day of UTC', parseCount)
    .option('--per-month <requests>', 'requests in a month of UTC', parseCount)
    .option('--expires-in-days <days>', 'days until it ends; without, it does not', parseCount)
    .action((options: CreateOptions) =>
      run(options, async (gateway) => shown(await createKey(gateway, orderOf(options)))),
    );
  command('list', 'show keys, without their secrets')
    .option('--owner <owner>', 'only of this owner')
    .action((options: Common & { owner?: string }) =>
      run(options, async (gateway) => {
        const keys = await listKeys(gateway, options.owner);
        return { result: keys, text: keys.length === 0 ? 'no keys\n' : keys.map(keyText).join('') };
      }),
    );
  command('rotate <key>', 'make a key in place of another; it is shown this once')
    .option('--overlap-seconds <seconds>', 'how long the old one goes on', parseCount, 3_600)
    .action((key: string, options: Common & { overlapSeconds: number }) =>
      run(options, async (gateway) => shown(await rotateKey(gateway, idOf(key), options.overlapSeconds))),
    );
  command('revoke <key>', 'end a key, for good')
    .option('--lineage', 'with all that it replaced or was replaced by')
    .action((key: string, options: Common & { lineage?: boolean }) =>
      run(options, async (gateway) => {
        const revoked = await revokeKey(gateway, idOf(key), options.lineage === true);
        return { result: revoked, text: keyText(revoked) };
      }),
    );
}

const orderOf = ({ owner, name, scopes, perWindow, perDay, perMonth, expiresInDays }: CreateOptions) => ({
  ...{ owner, name, scopes, perWindow, perDay, perMonth },
  ...(expiresInDays === undefined
    ? {}
    : { expiresAt: new Date(Date.now() + expiresInDays * 86_400_000).toISOString() }),
});

/** A key is named by its id or by how it begins. */
const idOf = (text: string): string => text.replace(/^UP-/, '').split('-', 1)[0] ?? '';

function parseUrl(text: string): string {
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return text;
  throw new InvalidArgumentError('expected http://host:port');
}

function parseCount(text: string): number {
  if (/^(0|[1-9]\d{0,13})$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a whole number');
}

const parseList = (text: string): string[] => text.split(',').map((item) => item.trim());

const shown = (made: ShownKey) => ({
  result: made,
  text: `${made.key}\n\nThis is the only time it is shown.\n${keyText(made.apiKey)}`,
});

function keyText({ prefix, state, owner, name, scopes, limits, ...times }: ListedKey): string {
  const { perWindow, perDay, perMonth } = limits;
  const bounds = [
    perWindow === null ? [] : [`${perWindow} a window`],
    perDay === null ? [] : [`${perDay} a day`],
    perMonth === null ? [] : [`${perMonth} a month`],
  ].flat();
  const { createdAt, expiresAt, lastUsedAt, replacedBy } = times;
  return [
    `${prefix}  ${state}  ${owner}: ${name}`,
    `  may ${scopes.join(', ')}; ${bounds.join(', ') || 'no limits of its own'}`,
    `  made ${createdAt}, ends ${expiresAt ?? 'never'}, last used ${lastUsedAt ?? 'never'}`,
    ...(replacedBy === null ? [] : [`  replaced by UP-${replacedBy}`]),
    '',
  ].join('\n');
}
