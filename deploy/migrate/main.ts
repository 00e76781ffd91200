import path from 'node:path';
import { Command } from 'commander';
import { ensureStack } from '../stack/stack';
import { runPrisma } from './prisma-cli';

const cwd = path.resolve(import.meta.dirname, '..', '..');

const program = new Command('migrate')
  .description("Prisma Migrate without the download of its engine; further arguments go to Prisma's CLI")
  .enablePositionalOptions()
  .showHelpAfterError();

function command(name: string, description: string, action: (args: string[]) => Promise<number>) {
  program
    .command(`${name} [args...]`)
    .description(description)
    .allowUnknownOption()
    .passThroughOptions()
    .helpOption(false)
    .action(async (args: string[]) => {
      process.exitCode = await action(args);
    });
}

command('deploy', 'apply the pending migrations to DATABASE_URL', async (args) => {
  // A deployment that forgot its address must not quietly migrate a database of its own making.
  if (!process.env.DATABASE_URL) throw new Error('DATABASE_URL is not set');
  return prisma(['migrate', 'deploy', ...args], process.env.DATABASE_URL);
});
command('dev', 'write a migration for what changed in prisma/schema, and apply it', async (args) =>
  prisma(['migrate', 'dev', ...args], await developmentDatabase()),
);
command('diff', 'compare migrations with the schema; exits 2 when they differ', async (args) => {
  const asked =
    args.length > 0
      ? args
      : ['--from-migrations', 'prisma/migrations', '--to-schema', 'prisma/schema', '--exit-code'];
  return prisma(['migrate', 'diff', ...asked], await developmentDatabase());
});
command('status', 'compare the database with the migrations', async (args) =>
  prisma(['migrate', 'status', ...args], await developmentDatabase()),
);
command('generate', 'generate the client; needs no database', (args) => prisma(['generate', ...args]));

async function prisma(args: string[], databaseUrl?: string): Promise<number> {
  const { exitCode } = await runPrisma({ args, cwd, databaseUrl });
  return exitCode;
}

async function developmentDatabase(): Promise<string> {
  if (process.env.DATABASE_URL) return process.env.DATABASE_URL;
  const log = (line: string) => process.stderr.write(`${line}\n`);
  return (await ensureStack({ parts: ['postgres'], log })).databaseUrl;
}

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
