import path from 'node:path';
import { type Account, accountFromKey } from '@allora/identity/account';
import type { IdentityConfig, RunnerConfig } from '../config/runner-config';
import type { LoadedConfig } from '../config/load-config';
import { openKeystore } from './keystore';
import { keyOfMnemonic } from './mnemonic';

/** Accounts by the name of their identity; a configuration without names has one, of the name "". */
export type Accounts = ReadonlyMap<string, Account>;

/** Variables that give the key where the configuration names none. */
const KEY_ENV = 'ALLORA_PRIVATE_KEY';
const PASSPHRASE_ENV = 'ALLORA_PASSPHRASE';

type Keys = Pick<LoadedConfig, 'baseDir' | 'mnemonic' | 'keyName'> & { readonly config: RunnerConfig };

/** Opens every key that the configuration needs. Errors say which variable or file is missing, and nothing of a key. */
export async function openAccounts(loaded: Keys, env: NodeJS.ProcessEnv = process.env): Promise<Accounts> {
  const { config, baseDir } = loaded;
  const named = Object.entries(config.identities);
  if (named.length === 0) return new Map([['', await unnamed(loaded, env)]]);
  return new Map(
    await Promise.all(
      named.map(async ([name, identity]) => [name, await open(identity, { baseDir, env })] as const),
    ),
  );
}

/** The account of a participant. */
export function accountOf(accounts: Accounts, identity: string | undefined): Account {
  const account = identity === undefined ? [...accounts.values()][0] : accounts.get(identity);
  if (!account) throw new Error(`there is no account of identity "${identity ?? ''}"`);
  return account;
}

async function unnamed(
  { mnemonic, keyName, config, baseDir }: Keys,
  env: NodeJS.ProcessEnv,
): Promise<Account> {
  if (mnemonic !== undefined) return accountFromKey(keyOfMnemonic(mnemonic));
  if (env[KEY_ENV]) return accountFromKey(keyOfHex(KEY_ENV, env[KEY_ENV]));
  const file = path.resolve(baseDir, config.stateDir, 'keys', `${keyName ?? 'default'}.json`);
  return openKeystore(file, requireVariable(PASSPHRASE_ENV, env));
}

async function open(
  identity: IdentityConfig,
  { baseDir, env }: { readonly baseDir: string; readonly env: NodeJS.ProcessEnv },
): Promise<Account> {
  if ('keyEnv' in identity)
    return accountFromKey(keyOfHex(identity.keyEnv, requireVariable(identity.keyEnv, env)));
  if ('mnemonicEnv' in identity)
    return accountFromKey(keyOfMnemonic(requireVariable(identity.mnemonicEnv, env)));
  return openKeystore(path.resolve(baseDir, identity.keystore), requireVariable(identity.passphraseEnv, env));
}

function requireVariable(name: string, env: NodeJS.ProcessEnv): string {
  const value = env[name];
  if (value) return value;
  throw new Error(`the variable ${name} is not set; a key is opened with it`);
}

function keyOfHex(name: string, text: string): Uint8Array {
  const digits = text.trim().replace(/^0x/, '');
  if (/^[0-9a-fA-F]{64}$/.test(digits)) return Buffer.from(digits, 'hex');
  throw new Error(`the variable ${name} holds no private key: 64 hex digits expected`);
}
