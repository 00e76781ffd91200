import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { listDeadLetters, replayDeadLetters, type ListedLetter, type Replay } from './operations';
import { OperationError, type Service } from '../operations-client';

/** What this program's exit says. */
export const exitCodes = { done: 0, refused: 1, usage: 2, failedAgain: 3 } as const;

interface Output {
  out(text: string): void;
  err(text: string): void;
}

interface Options {
  readonly url: string;
  readonly topic?: string;
  readonly token?: string;
  readonly limit: number;
  readonly json?: boolean;
}

const epilogue = `
Exit codes: 0 done; 1 the service refused or cannot be reached; 2 wrong usage; 3 some letters failed again.
The token is better given as ADMIN_TOKEN in the environment, where other users of the machine do not see it.`;

/** Lists and replays what the services behind one address gave up on. Returns the exit code. */
export async function runDeadLetters(
  args: readonly string[],
  { out, err }: Output,
  env: NodeJS.ProcessEnv = process.env,
): Promise<number> {
  let exitCode: number = exitCodes.done;
  const program = new Command('dead-letters')
    .description(
      'Dead letters: records that a service gave up on, kept until an operator has them tried again',
    )
    .addHelpText('after', epilogue);
  const command = (
    name: string,
    description: string,
    action: (service: Service, options: Options) => Promise<number>,
  ) =>
    program
      .command(name)
      .description(description)
      .requiredOption('--url <url>', 'HTTP address of the service (or of the standalone)', parseUrl)
      .option('--topic <topic>', 'only this topic, such as allora.network-losses.v1')
      .option('--token <token>', 'the operator token; ADMIN_TOKEN of the environment unless given')
      .option('--limit <count>', 'most letters listed of each service and topic', parseLimit, 100)
      .option('--json', 'answer as JSON')
      .action(async (options: Options) => {
        const token = options.token ?? env.ADMIN_TOKEN;
        exitCode = await action({ url: options.url, token: token === '' ? undefined : token }, options);
      });

  command('list', 'show what waits, and why it was given up', async (service, options) => {
    const letters = await listDeadLetters(service, options);
    out(options.json ? asJson(letters) : lettersText(letters));
    return exitCodes.done;
  });
  command(
    'replay',
    'give what waits to its service again, after the cause is mended',
    async (service, options) => {
      const replays = await replayAll(service, options);
      out(options.json ? asJson(replays) : replaysText(replays));
      const failed = replays.some(({ outcomes }) => outcomes.some((outcome) => outcome.failed > 0));
      return failed ? exitCodes.failedAgain : exitCodes.done;
    },
  );

  for (const each of [program, ...program.commands]) {
    each.exitOverride().configureOutput({ writeOut: out, writeErr: err }).showHelpAfterError();
  }
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    if (!(error instanceof OperationError)) throw error;
    err(`${error.message}\n`);
    return exitCodes.refused;
  }
}

/** Without a topic: of every topic that has letters waiting. */
async function replayAll(service: Service, { topic }: Options): Promise<Replay[]> {
  const waiting = topic === undefined ? await listDeadLetters(service, { limit: 1 }) : [];
  const topics = topic === undefined ? [...new Set(waiting.map((letter) => letter.topic))].sort() : [topic];
  const replays: Replay[] = [];
  for (const each of topics) replays.push(await replayDeadLetters(service, each));
  return replays;
}

function parseUrl(text: string): string {
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return text;
  throw new InvalidArgumentError('expected http://host:port');
}

function parseLimit(text: string): number {
  if (/^[1-9]\d{0,2}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected 1 to 999');
}

const asJson = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

function lettersText(letters: readonly ListedLetter[]): string {
  if (letters.length === 0) return 'no dead letters wait\n';
  return letters
    .map(({ service, topic, key, position, reason, attempts, schema, eventId, failedAtMs, error }) =>
      [
        `${new Date(failedAtMs).toISOString()}  ${topic} ${position.partition}/${position.offset}, key ${key}`,
        `  ${service}: ${reason} after ${attempts} attempts`,
        `  ${schema || 'no readable envelope'}${eventId && `, event ${eventId}`}`,
        ...error.split('\n').map((line) => `    ${line}`),
        '',
      ].join('\n'),
    )
    .join('\n');
}

function replaysText(replays: readonly Replay[]): string {
  if (replays.length === 0) return 'no dead letters wait\n';
  return replays
    .flatMap(({ topic, outcomes }) =>
      outcomes.map(
        ({ service, replayed, failed }) =>
          `${topic}, ${service}: ${replayed} replayed, ${failed} failed again\n`,
      ),
    )
    .join('');
}
