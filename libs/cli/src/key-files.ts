import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { type Keystore, readKeystore } from '@allora/runner/keys/keystore';
import { keyError } from './exit-codes';
import type { Surroundings } from './surroundings';

type Place = Pick<Surroundings, 'env' | 'cwd' | 'home'>;

export interface KeyFile {
  readonly name: string;
  readonly file: string;
  readonly keystore: Keystore;
  /** Nobody but the owner may read it. */
  readonly private: boolean;
}

export const keysFolder = ({ env, home }: Place): string =>
  env['ALLORA_KEYS_DIR'] ?? path.join(home, '.allora', 'keys');

/** A name stands for a file of the folder of keys; anything with a slash or `.json` is a file itself. */
export function keyFileOf(key: string, place: Place): string {
  if (key.includes('/') || key.includes(path.sep) || key.endsWith('.json'))
    return path.resolve(place.cwd, key);
  return path.join(keysFolder(place), `${key}.json`);
}

export async function readKeyFile(file: string): Promise<KeyFile> {
  const keystore = await readKeystore(file);
  const { mode } = await stat(file);
  return { name: path.basename(file, '.json'), file, keystore, private: (mode & 0o077) === 0 };
}

export async function listKeyFiles(place: Place): Promise<KeyFile[]> {
  const folder = keysFolder(place);
  const names = await readdir(folder).catch(() => []);
  const files = names.filter((name) => name.endsWith('.json')).sort();
  return Promise.all(files.map((name) => readKeyFile(path.join(folder, name))));
}

/** The key that was asked for, or the only one there is. */
export async function chooseKeyFile(key: string | undefined, place: Place): Promise<KeyFile> {
  const asked = key ?? place.env['ALLORA_KEYSTORE'];
  if (asked) return readKeyFile(keyFileOf(asked, place));
  const files = await listKeyFiles(place);
  const [only] = files;
  if (only && files.length === 1) return only;
  if (!only) throw keyError(`there is no key in ${keysFolder(place)}`, 'Make one: allora keys create my-key');
  throw keyError(
    `there are several keys: ${files.map(({ name }) => name).join(', ')}`,
    'Name one with --key, or set ALLORA_KEYSTORE.',
  );
}

const MIN_PASSWORD = 8;

/** Of the environment, of the file that it names, or typed; undefined where there is neither. */
export async function givenPassword({ env, cwd }: Pick<Place, 'env' | 'cwd'>): Promise<string | undefined> {
  if (env['ALLORA_PASSWORD']) return env['ALLORA_PASSWORD'];
  const file = env['ALLORA_PASSWORD_FILE'];
  return file ? (await readFile(path.resolve(cwd, file), 'utf8')).replace(/\r?\n$/, '') : undefined;
}

const NO_TERMINAL = 'Set ALLORA_PASSWORD or ALLORA_PASSWORD_FILE where there is no terminal to ask at.';

export async function openingPassword(name: string, around: Surroundings): Promise<string> {
  const given = await givenPassword(around);
  if (given !== undefined) return given;
  if (!around.terminal.in) throw keyError(`the password of the key ${name} is not given`, NO_TERMINAL);
  return around.ask.secret(`Password of the key ${name}`);
}

/** Typed twice, where it is typed. */
export async function newPassword(around: Surroundings): Promise<string> {
  const given = await givenPassword(around);
  if (given === undefined && !around.terminal.in)
    throw keyError('no password is given for the new key', NO_TERMINAL);
  const password = given ?? (await around.ask.secret('Password of the new key (it cannot be recovered)'));
  if (password.length < MIN_PASSWORD)
    throw keyError(
      `the password has ${password.length} characters`,
      `Choose one of at least ${MIN_PASSWORD}.`,
    );
  if (given === undefined && (await around.ask.secret('Once more')) !== password)
    throw keyError('the two passwords differ', 'Try again.');
  return password;
}
