import { Command } from 'commander';
import { reasonOf } from './errors';
import { ensureStack, type PartStatus, stackStatus, stopStack } from './stack';

/** Progress goes to stderr, results to stdout: `export $(npm run -s stack -- up)` works. */
const startedAt = performance.now();
function log(line: string): void {
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  process.stderr.write(`${seconds.padStart(6)} s  ${line}\n`);
}

const program = new Command('stack').description(
  'PostgreSQL, Kafka and Redis for this checkout, on loopback',
);

program
  .command('up')
  .description('bring up what is not up, and print the addresses')
  .option('--json', 'print them as JSON')
  .action(async ({ json }: { json?: boolean }) => {
    const stack = await ensureStack({ log });
    if (json) return console.log(JSON.stringify(stack));
    console.log(`DATABASE_URL=${stack.databaseUrl}`);
    console.log(`KAFKA_BROKERS=${stack.kafkaBrokers}`);
    console.log(`REDIS_URL=${stack.redisUrl}`);
  });

program
  .command('down')
  .description('stop what `up` started')
  .option('--purge', 'also delete its data')
  .option('--json', 'print nothing but JSON')
  .action(async ({ purge, json }: { purge?: boolean; json?: boolean }) => {
    await stopStack({ purge, log });
    if (json) console.log(JSON.stringify({ stopped: true, purged: purge ?? false }));
  });

program
  .command('status')
  .description('what is up, where, and from which way; exits 1 unless all is up')
  .option('--json', 'print JSON')
  .action(async ({ json }: { json?: boolean }) => {
    const status = await stackStatus();
    console.log(json ? JSON.stringify(status, null, 2) : status.map(statusLine).join('\n'));
    if (status.some(({ up }) => !up)) process.exitCode = 1;
  });

function statusLine({ part, up, way, version, address, reason }: PartStatus): string {
  const facts = [way, version, address, reason].filter(Boolean).join('  ');
  return `${part.padEnd(8)}  ${up ? 'up  ' : 'down'}  ${facts}`;
}

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`stack: ${reasonOf(error)}\n`);
  process.exitCode = 1;
}
