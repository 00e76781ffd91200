import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { decryptKey, encryptKey, writeKeystore } from '@allora/runner/keys/keystore';
import { keyOfMnemonic } from '@allora/runner/keys/mnemonic';
import { type AddCommand, examples, group } from '../add-command';
import { keyError, usageError } from '../exit-codes';
import { table } from '../format';
import { keyFileOf, listKeyFiles, newPassword, openingPassword, readKeyFile } from '../key-files';
import type { Session } from '../session';

export const keysCommand: AddCommand = (program, session) => {
  const keys = group(program, 'keys', 'keys that sign, each in an encrypted file that only you may read');
  keys
    .command('create')
    .description('make a key')
    .argument('<name>', 'its name, or a file to make')
    .addHelpText('after', examples('allora keys create my-worker', 'allora keys create ./keys/reputer.json'))
    .action((name: string) => save(session, name, randomBytes(32)));
  keys
    .command('import')
    .description('take over a private key (64 hex digits) or the words of a wallet')
    .argument('<name>', 'its name, or a file to make')
    .option('--file <file>', 'file with the key or the words; else they are typed, or read from stdin')
    .addHelpText(
      'after',
      examples('allora keys import old-worker', 'allora keys import old --file words.txt'),
    )
    .action(async (name: string, { file }: { file?: string }) =>
      save(session, name, privateKeyOf(await secretText(session, file))),
    );
  keys
    .command('export')
    .description('show the encrypted key file; with --reveal the private key itself')
    .argument('<name>', 'name or file of the key')
    .option('--reveal', 'show the private key, after a confirmation')
    .option('--yes', 'it is confirmed already')
    .addHelpText(
      'after',
      examples('allora keys export my-worker > backup.json', 'allora keys export my-worker --reveal'),
    )
    .action((name: string, options: ExportOptions) => exportKey(session, name, options));
  keys
    .command('list')
    .description('the keys there are')
    .addHelpText('after', examples('allora keys list --json'))
    .action(() => list(session));
};

interface ExportOptions {
  readonly reveal?: boolean;
  readonly yes?: boolean;
}

async function save(session: Session, name: string, privateKey: Uint8Array): Promise<void> {
  const file = keyFileOf(name, session.around);
  const password = await newPassword(session.around);
  const keystore = await session.during('encrypting the key', encryptKey(privateKey, password));
  await writeKeystore(file, keystore);
  const { address, publicKey } = keystore;
  session.show({ name: path.basename(file, '.json'), address, publicKey, file }, address);
  session.note(`The key is in ${file}. Keep a copy of it, and the password: neither can be made again.`);
}

async function secretText({ around }: Session, file: string | undefined): Promise<string> {
  if (file !== undefined) return readFile(path.resolve(around.cwd, file), 'utf8');
  return around.terminal.in ? around.ask.secret('Private key or words (not shown)') : around.readInput();
}

/** Nothing of the text is in an error. */
function privateKeyOf(text: string): Uint8Array {
  const secret = text.trim();
  const digits = secret.replace(/^0x/i, '');
  if (/^[0-9a-f]{64}$/i.test(digits)) return Buffer.from(digits, 'hex');
  if (/^[a-z]+(\s+[a-z]+)+$/i.test(secret)) return keyOfMnemonic(secret);
  throw keyError('this is no private key and no words of a wallet', 'Give 64 hex digits, or 12 to 24 words.');
}

async function exportKey(session: Session, key: string, { reveal, yes }: ExportOptions): Promise<void> {
  const { around } = session;
  const { name, keystore } = await readKeyFile(keyFileOf(key, around));
  if (!reveal) return session.show(keystore, JSON.stringify(keystore, null, 2));
  if (!yes) {
    if (!around.terminal.in)
      throw usageError('revealing a key wants a confirmation', 'Add --yes if you mean it.');
    const sure = await around.ask.confirm(
      `Show the private key of ${name}? Whoever sees it owns what it holds.`,
    );
    if (!sure) throw keyError('nothing was shown', 'Confirm to see the key.');
  }
  const privateKey = Buffer.from(await decryptKey(keystore, await openingPassword(name, around))).toString(
    'hex',
  );
  session.show({ name, address: keystore.address, privateKey }, privateKey);
}

async function list(session: Session): Promise<void> {
  const files = await listKeyFiles(session.around);
  const result = files.map(({ name, file, keystore, private: own }) => ({
    ...{ name, address: keystore.address, file, private: own },
  }));
  const rows = result.map((one) => [
    one.name,
    one.address,
    one.private ? one.file : `${one.file} (others may read it)`,
  ]);
  const none = 'No keys yet. Make one: allora keys create my-key';
  session.show(result, rows.length === 0 ? none : table(['name', 'address', 'file'], rows, session.style));
}
