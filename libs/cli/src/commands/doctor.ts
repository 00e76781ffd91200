import type { Account } from '@allora/identity/account';
import { runnerConfig } from '@allora/runner/config/runner-config';
import { type Keystore, openKeystore } from '@allora/runner/keys/keystore';
import type { RoleName } from '@allora/sdk/types';
import { Option } from 'commander';
import { type AddCommand, examples } from '../add-command';
import { type Check, failed, guarded, ok, skipped } from '../doctor/check';
import { checkNetwork } from '../doctor/check-network';
import { bareSeat, examineAll, seatsOf } from '../doctor/examine';
import { CliError, exitCodes } from '../exit-codes';
import type { Style } from '../format';
import { givenPassword } from '../key-files';
import { withModelOptions } from '../model-options';
import { loadWho, openWho, type RunOptions, withTruthOptions, withWho } from '../runner-options';
import type { Session } from '../session';

interface DoctorOptions extends RunOptions {
  readonly role: RoleName;
  readonly chainId?: string;
}

export const doctorCommand: AddCommand = (program, session) => {
  const doctor = program
    .command('doctor')
    .description('is everything ready? each thing that is not says what to do');
  withTruthOptions(withModelOptions(withWho(doctor)))
    .addOption(
      new Option('--role <role>', 'of the key in the topic').choices(['worker', 'reputer']).default('worker'),
    )
    .option('--chain-id <id>', 'chain that is expected')
    .addHelpText(
      'after',
      examples(
        'allora doctor',
        'allora doctor --topic 1 --command "python3 model.py"',
        'allora doctor --config runner.yaml --json',
      ),
    )
    .action((options: DoctorOptions) => examine(session, options));
};

async function examine(session: Session, options: DoctorOptions): Promise<void> {
  const checks = await session.during('looking', allChecks(session, options));
  const ready = checks.every(({ state }) => state !== 'failed');
  session.show({ ready, checks }, checksText(checks, session.style));
  if (ready) return;
  const wrong = checks.filter(({ state }) => state === 'failed').map(({ name }) => name);
  throw new CliError(wrong.join(', '), {
    exitCode: exitCodes.notReady,
    code: 'NOT_READY',
    remedy: 'Do what stands beside them, and ask the doctor again.',
  });
}

async function allChecks(session: Session, options: DoctorOptions): Promise<Check[]> {
  const { url, around } = session;
  const client = session.client();
  const network = await checkNetwork({ url, client, chainId: options.chainId, now: Date.now });
  const keyed = options.config === undefined ? [await keyCheck(session)] : [];
  const checks = [...network, ...keyed];
  if (checks.some(({ state }) => state === 'failed')) return checks;
  if (options.config === undefined && options.topic === undefined)
    return [...checks, skipped('participant', 'name a topic with --topic, or a --config, to look further')];
  const seats = await seatsAsked(session, options);
  return [...checks, ...(await examineAll(seats.seats, { client, loaded: seats.loaded, env: around.env }))];
}

/** Everyone of the file; or the key in the topic, with or without a model. */
async function seatsAsked(session: Session, options: DoctorOptions) {
  const { role, topic: topicId, minStake: minStakeUallo = 0n } = options;
  if (options.config !== undefined) {
    const loaded = await loadWho(session, role, options);
    return { loaded, seats: seatsOf(loaded, await openWho(session, loaded)) };
  }
  const { keystore } = await session.keyFile();
  if (!namesModel(options)) {
    const loaded = { config: runnerConfig.parse({}), baseDir: session.around.cwd };
    return {
      loaded,
      seats: [bareSeat({ topicId: topicId!, role, minStakeUallo, address: keystore.address })],
    };
  }
  const loaded = await loadWho(session, role, options);
  return { loaded, seats: seatsOf(loaded, new Map([['', watcherOf(keystore)]])) };
}

function namesModel({ role, ...options }: DoctorOptions): boolean {
  const { command, http, module, onnx, forecastCommand, forecastHttp, forecastModule } = options;
  const { truthCsv, truthHttp, truthModule } = options;
  const models = [command, http, module, onnx, forecastCommand, forecastHttp, forecastModule];
  return (role === 'worker' ? models : [truthCsv, truthHttp, truthModule]).some((one) => one !== undefined);
}

/** An address is enough to look. */
const watcherOf = ({ address, publicKey }: Keystore): Account => ({
  address,
  publicKey: Buffer.from(publicKey, 'hex'),
  sign: () => {
    throw new Error('a doctor signs nothing');
  },
});

const keyCheck = (session: Session): Promise<Check> =>
  guarded('key', 'Make a key: allora keys create NAME', async () => {
    const { name, file, keystore, private: own } = await session.keyFile();
    const facts = { name, file, address: keystore.address };
    if (!own) return failed('key', `others may read ${file}`, `chmod 600 ${file}`, facts);
    const password = await givenPassword(session.around);
    if (password === undefined)
      return ok('key', `${name}: ${keystore.address}; not opened, as no password is given`, facts);
    await openKeystore(file, password);
    return ok('key', `${name}: ${keystore.address}`, facts);
  });

const MARKS = { ok: ['green', '✓'], failed: ['red', '✗'], skipped: ['dim', '-'] } as const;

function checksText(checks: readonly Check[], style: Style): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.map(({ name, state, detail, remedy }) => {
    const [tone, mark] = MARKS[state];
    const what = remedy === undefined ? '' : `\n${' '.repeat(width + 4)}→ ${remedy}`;
    return `${style(tone, mark)} ${name.padEnd(width)}  ${detail}${what}`;
  });
  return `${lines.join('\n')}\n`;
}
