import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { accountFromKey } from '@allora/identity/account';
import { bech32 } from '@scure/base';
import { mnemonicToAccount } from 'viem/accounts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runnerConfig } from '../config/runner-config';
import { accountOf, openAccounts } from './accounts';
import { decryptKey, encryptKey, openKeystore, readKeystore, writeKeystore } from './keystore';
import { keyOfMnemonic } from './mnemonic';
import { modelEnv } from './model-env';

const key = new Uint8Array(32).fill(7);
const { address } = accountFromKey(key);
/** Weak on purpose: these keys are worth nothing. */
const quick = { n: 2 ** 10, r: 8, p: 1 };
let folder: string;
beforeAll(() => (folder = mkdtempSync(path.join(tmpdir(), 'allora-keys-'))));
afterAll(() => rmSync(folder, { recursive: true }));

describe('a keystore', () => {
  it('is opened by its passphrase alone, and for its owner alone', async () => {
    const file = path.join(folder, 'deep/main.json');
    await writeKeystore(file, await encryptKey(key, 'correct horse', quick));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).not.toContain('07'.repeat(32));
    expect((await readKeystore(file)).address).toBe(address);
    expect((await openKeystore(file, 'correct horse')).address).toBe(address);
    await expect(openKeystore(file, 'wrong horse')).rejects.toThrow(/does not open the key/);
    await expect(writeKeystore(file, await encryptKey(key, 'x', quick))).rejects.toThrow(/never overwritten/);
  });

  it('notices that it was changed', async () => {
    const keystore = await encryptKey(key, 'p', quick);
    expect(Buffer.from(await decryptKey(keystore, 'p'))).toEqual(Buffer.from(key));
    const other = accountFromKey(new Uint8Array(32).fill(8));
    await expect(decryptKey({ ...keystore, address: other.address }, 'p')).rejects.toThrow(/does not open/);
    const file = path.join(folder, 'broken.json');
    writeFileSync(file, '{"version": 2}');
    await expect(readKeystore(file)).rejects.toThrow(/no key file of version 1/);
    await expect(readKeystore(path.join(folder, 'none.json'))).rejects.toThrow(/cannot be read/);
  });

  it('costs its guesser something unless told otherwise', async () => {
    const { kdf } = await encryptKey(key, 'p');
    expect(kdf).toMatchObject({ n: 2 ** 17, r: 8, p: 1 });
  });
});

describe("a wallet's words", () => {
  it.each([
    'abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about',
    'legal winner thank year wave sausage worth useful legal winner thank yellow',
  ])('%s give the same key as elsewhere', (words) => {
    // Its type allows for one chain family only; its arithmetic is of all.
    const path = `m/44'/${[118].join('')}'/0'/0/0`;
    const elsewhere = mnemonicToAccount(words, { path: path as `m/44'/60'/${string}` }).getHdKey()
      .privateKey!;
    expect(Buffer.from(keyOfMnemonic(` ${words}\n`)).toString('hex')).toBe(
      Buffer.from(elsewhere).toString('hex'),
    );
  });

  it('give the address that wallets show for them', () => {
    const words =
      'abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about';
    const { words: data } = bech32.decode('cosmos19rl4cm2hmr8afy4kldpxz3fka4jguq0auqdal4');
    expect(accountFromKey(keyOfMnemonic(words)).address).toBe(bech32.encode('allo', data));
  });

  it('are counted', () => {
    expect(() => keyOfMnemonic('one two')).toThrow(/has 12, 15, 18, 21, 24 words, not 2/);
  });
});

describe('accounts of a configuration', () => {
  const config = runnerConfig.parse({
    identities: { a: { keyEnv: 'A' }, b: { keystore: 'b.json', passphraseEnv: 'P' } },
  });

  it('come from where it says', async () => {
    await writeKeystore(path.join(folder, 'b.json'), await encryptKey(key, 'secret', quick));
    const accounts = await openAccounts(
      { config, baseDir: folder },
      { A: `0x${'09'.repeat(32)}`, P: 'secret' },
    );
    expect(accountOf(accounts, 'b').address).toBe(address);
    expect(accountOf(accounts, 'a').address).not.toBe(address);
  });

  it('say which variable is missing or wrong, and nothing of what is in it', async () => {
    await expect(openAccounts({ config, baseDir: folder }, { P: 'secret' })).rejects.toThrow(
      /variable A is not set/,
    );
    const failed = openAccounts({ config, baseDir: folder }, { A: 'hunter2', P: 'secret' });
    await expect(failed).rejects.toThrow('the variable A holds no private key: 64 hex digits expected');
  });

  it('are opened by variables that models do not get', () => {
    const own = ['ALLORA_PRIVATE_KEY', 'ALLORA_PASSPHRASE', 'ALLORA_PASSWORD', 'ALLORA_PASSWORD_FILE'];
    const keys = Object.fromEntries(own.map((name) => [name, 'secret']));
    const env = { ...keys, A: 'secret', P: 'secret', PATH: '/bin', OTHER: '1' };
    expect(modelEnv(config, env)).toEqual({ PATH: '/bin', OTHER: '1' });
  });

  it('without names are one, of the words, of a variable, or of the key file', async () => {
    const bare = runnerConfig.parse({ stateDir: '.' });
    const words = 'legal winner thank year wave sausage worth useful legal winner thank yellow';
    const [first] = (await openAccounts({ config: bare, baseDir: folder, mnemonic: words }, {})).values();
    expect(first!.address).toBe(accountFromKey(keyOfMnemonic(words)).address);
    const [second] = (
      await openAccounts({ config: bare, baseDir: folder }, { ALLORA_PRIVATE_KEY: '07'.repeat(32) })
    ).values();
    expect(second!.address).toBe(address);
    await expect(openAccounts({ config: bare, baseDir: folder }, {})).rejects.toThrow(
      /ALLORA_PASSPHRASE is not set/,
    );
  });
});
