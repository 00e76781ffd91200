import { readEvmSigner } from '@allora/gateway/compat/settings';
import { evmAddressBytes } from '@allora/identity/evm-address';
import { ConfigError } from '@allora/service-kit/config';
import { readPublishedKey } from '@allora/service-kit/published-key';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { restoreBackup, takeBackup } from '../backup/backup';
import { BackupError } from '../backup/lines';
import { runDeadLetters } from '../dead-letters/command';
import { runKeys } from '../keys/command';
import { OperationError, type Service } from '../operations-client';
import { planEvmKey } from './evm-key';
import { planNetworkKey } from './network-key';
import * as operations from './operations';
import { rebuildProjection } from './rebuild-projection';
import { type Rotation, type RotationOrder, rotationText } from './rotation';
import { networkPlaces } from './settings';

/** What this program's exit says. */
export const exitCodes = { done: 0, refused: 1, usage: 2, broken: 3 } as const;

interface Output {
  out(text: string): void;
  err(text: string): void;
}

interface Asked {
  readonly url: string;
  readonly token?: string;
  readonly json?: boolean;
}

interface Rotating {
  readonly present: string;
  readonly listed: readonly string[];
  readonly startsInHours: number;
  readonly overlapHours: number;
}

const epilogue = `
keys and dead-letters have commands of their own: admin keys --help, admin dead-letters --help.
Exit codes: 0 done; 1 refused, or a service cannot be reached; 2 wrong usage; 3 an epoch is not what it was, or letters failed again.
--url is the service's port for operators; the token is better given as ADMIN_TOKEN in the environment.`;

/** What an operator does to a network. Returns the exit code. */
export async function runAdmin(
  args: readonly string[],
  output: Output,
  env: NodeJS.ProcessEnv = process.env,
): Promise<number> {
  const [group, ...rest] = args;
  if (group === 'dead-letters') return runDeadLetters(rest, output, env);
  if (group === 'keys') return runKeys(rest, output, env);
  const admin = new Admin(output, env);
  const program = admin.program();
  try {
    await program.parseAsync([...args], { from: 'user' });
    return admin.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    const mendable = [OperationError, BackupError, ConfigError].some((kind) => error instanceof kind);
    if (!mendable) throw error;
    output.err(`${(error as Error).message}\n`);
    return exitCodes.refused;
  }
}

class Admin {
  exitCode: number = exitCodes.done;

  constructor(
    private readonly output: Output,
    private readonly env: NodeJS.ProcessEnv,
  ) {}

  program(): Command {
    const program = new Command('admin')
      .description('What operators do to a network')
      .addHelpText('after', epilogue);
    this.addTopics(program.command('topics').description('at the topic coordinator'));
    this.addEpochs(program.command('epochs').description('settled epochs'));
    this.addAudit(program.command('audit').description('at the gateway'));
    this.addProjections(
      program.command('projections').description('with DATABASE_URL and KAFKA_BROKERS of the services'),
    );
    this.addNetworkKey(
      program.command('network-key').description('the key that receipts and inferences are signed with'),
    );
    this.addEvmKey(program.command('evm-key').description('the key whose address contracts know'));
    this.addBackup(
      program.command('backup').description('with DATABASE_URL and KAFKA_BROKERS of the services'),
    );
    const { out, err } = this.output;
    const all = [program, ...program.commands, ...program.commands.flatMap(({ commands }) => commands)];
    for (const each of all)
      each.exitOverride().configureOutput({ writeOut: out, writeErr: err }).showHelpAfterError();
    return program;
  }

  private addTopics(topics: Command): void {
    for (const [name, description, work] of [
      ['pause', 'open no further epoch; those that are open run to their end', operations.pauseTopic],
      ['resume', 'go on from the next height, as far as its weight lets it', operations.resumeTopic],
    ] as const)
      this.asking(topics.command(name).argument('<topic>', 'its id', whole), description).action(
        async (topicId: number, asked: Asked) => {
          const done = await work(this.service(asked), topicId);
          this.say(asked, done, operations.pauseText(done));
        },
      );
  }

  private addEpochs(epochs: Command): void {
    const ofEpoch = (name: string) =>
      epochs.command(name).argument('<topic>', 'its id', whole).argument('<nonce>', 'of the epoch', whole);
    this.asking(
      ofEpoch('verify'),
      'at rewards: compute a settled epoch again from what was submitted, and compare every bit',
    ).action(async (topicId: number, nonce: number, asked: Asked) => {
      const done = await operations.verifyEpoch(this.service(asked), topicId, nonce);
      this.say(asked, done, operations.verifiedText(done));
      if (!done.verified) this.exitCode = exitCodes.broken;
    });
    this.asking(
      ofEpoch('reopen'),
      'at the coordinator: ask the question of an epoch that paid nobody again, as the next epoch',
    ).action(async (topicId: number, nonce: number, asked: Asked) => {
      const done = await operations.reopenEpoch(this.service(asked), topicId, nonce);
      this.say(asked, done, operations.reopenedText(done));
    });
  }

  private addAudit(audit: Command): void {
    const list = audit.command('list').option('--limit <count>', 'most of them', whole, 50);
    this.asking(list, 'what was done to API keys, and by operators at the gateway, newest first').action(
      async (asked: Asked & { readonly limit: number }) => {
        const deeds = await operations.listDeeds(this.service(asked), asked.limit);
        this.say(asked, deeds, deeds.map(operations.deedText).join(''));
      },
    );
  }

  private addProjections(projections: Command): void {
    projections
      .command('rebuild')
      .description('have the gateway read everything again; with all gateways stopped')
      .option('--operator <name>', 'who does it, for the audit log', this.env.USER ?? 'unknown')
      .action(async ({ operator }: { readonly operator: string }) => {
        for (const line of await rebuildProjection({ ...networkPlaces(this.env), operator }))
          this.output.out(`${line}\n`);
      });
  }

  private addNetworkKey(networkKey: Command): void {
    const rotate = networkKey
      .command('rotate')
      .requiredOption('--present <hex>', 'networkPublicKey of GET /v1/network', publicKey)
      .option('--listed <keys>', 'NETWORK_PUBLIC_KEYS as it is now', list(readPublishedKey), []);
    this.rotating(rotate, 'The next public key of the network', planNetworkKey, 24);
  }

  private addEvmKey(evmKey: Command): void {
    const rotate = evmKey
      .command('rotate')
      .requiredOption('--present <address>', 'signer of GET /v1/evm', evmAddress)
      .option('--listed <addresses>', 'EVM_SIGNER_ADDRESSES as it is now', list(readEvmSigner), []);
    // Longer than a day by default: who owns a contract may have others to ask.
    this.rotating(rotate, 'The next address of the network for contracts', planEvmKey, 168);
  }

  private rotating(
    rotate: Command,
    title: string,
    plan: (order: RotationOrder) => Rotation,
    startsInHours: number,
  ): void {
    rotate
      .description('make the next key, and tell how it takes over')
      .option('--starts-in-hours <hours>', 'until it signs', whole, startsInHours)
      .option('--overlap-hours <hours>', 'how long what the old key signed is taken after that', whole, 24)
      .action((given: Rotating) => {
        const startsAt = new Date(Date.now() + given.startsInHours * 3_600_000);
        const overlapMs = given.overlapHours * 3_600_000;
        this.output.out(rotationText(title, plan({ ...given, startsAt, overlapMs })));
      });
  }

  private addBackup(backup: Command): void {
    for (const [name, description, work] of [
      ['take', 'dump the database, while the network goes on', takeBackup],
      ['restore', 'restore into an empty database, with no service running', restoreBackup],
    ] as const)
      backup
        .command(name)
        .description(description)
        .requiredOption('--dir <dir>', 'where the files are')
        .option('--no-database', 'the log alone')
        .option('--log', 'the log as well: every record of every topic', false)
        .action(async (parts: { dir: string; database: boolean; log: boolean }) => {
          for (const line of await work(networkPlaces(this.env), parts)) this.output.out(`${line}\n`);
        });
  }

  private asking(command: Command, description: string): Command {
    return command
      .description(description)
      .requiredOption('--url <url>', "HTTP address of the service's port for operators", httpUrl)
      .option('--token <token>', 'what opens it; ADMIN_TOKEN of the environment unless given')
      .option('--json', 'answer as JSON');
  }

  private service({ url, token = this.env.ADMIN_TOKEN }: Asked): Service {
    return { url, token: token === '' ? undefined : token };
  }

  private say({ json }: Asked, result: unknown, text: string): void {
    this.output.out(json ? `${JSON.stringify(result, null, 2)}\n` : text);
  }
}

function whole(text: string): number {
  if (/^(0|[1-9]\d{0,14})$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a whole number');
}

function publicKey(text: string): string {
  if (/^0[23][0-9a-f]{64}$/.test(text)) return text;
  throw new InvalidArgumentError('expected 33 bytes in lower-case hex');
}

function evmAddress(text: string): string {
  if (evmAddressBytes(text) !== null) return text.toLowerCase();
  throw new InvalidArgumentError('expected 0x and 40 hex digits, in one case or with the checksum');
}

/** Of what a setting lists, as it stands. */
const list = (read: (text: string) => unknown) => (text: string) => {
  const entries = text.split(',').filter((entry) => entry !== '');
  const wrong = entries.find((entry) => read(entry) === undefined);
  if (wrong === undefined) return entries;
  throw new InvalidArgumentError(`expected key@from/until, several separated by commas, got ${wrong}`);
};

function httpUrl(text: string): string {
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return text;
  throw new InvalidArgumentError('expected http://host:port');
}
