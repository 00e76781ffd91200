import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import { mkdir, open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { type Account, accountFromKey } from '@allora/identity/account';
import { z } from 'zod';

const derive = promisify<string, Uint8Array, number, object, Buffer>(scrypt);

const hexBytes = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${2 * bytes}}$`));

const keystoreShape = z.strictObject({
  version: z.literal(1),
  address: z.string(),
  publicKey: hexBytes(33),
  kdf: z.strictObject({
    name: z.literal('scrypt'),
    n: z
      .int()
      .min(2)
      .max(2 ** 20),
    r: z.int().min(1).max(32),
    p: z.int().min(1).max(16),
    salt: hexBytes(32),
  }),
  cipher: z.strictObject({
    name: z.literal('aes-256-gcm'),
    iv: hexBytes(12),
    tag: hexBytes(16),
    text: hexBytes(32),
  }),
});

/** A private key on disk, encrypted; address and public key can be read by anyone who may read the file. */
export type Keystore = z.output<typeof keystoreShape>;

export class KeystoreError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'KeystoreError';
  }
}

/** Half a second and 128 MiB for each guess. */
const STRENGTH = { n: 2 ** 17, r: 8, p: 1 };
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function keyOf(passphrase: string, { n, r, p, salt }: Omit<Keystore['kdf'], 'name'>): Promise<Buffer> {
  const limits = { N: n, r, p, maxmem: 256 * n * r };
  return derive(passphrase.normalize('NFKC'), Buffer.from(salt, 'hex'), 32, limits);
}

/** @param privateKey 32 bytes. */
export async function encryptKey(
  privateKey: Uint8Array,
  passphrase: string,
  strength: typeof STRENGTH = STRENGTH,
): Promise<Keystore> {
  const { address, publicKey } = accountFromKey(privateKey);
  const kdf = { name: 'scrypt' as const, ...strength, salt: hex(randomBytes(32)) };
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', await keyOf(passphrase, kdf), iv);
  cipher.setAAD(Buffer.from(address));
  const text = Buffer.concat([cipher.update(privateKey), cipher.final()]);
  return {
    version: 1,
    address,
    publicKey: hex(publicKey),
    kdf,
    cipher: { name: 'aes-256-gcm', iv: hex(iv), tag: hex(cipher.getAuthTag()), text: hex(text) },
  };
}

export async function decryptKey(keystore: Keystore, passphrase: string): Promise<Uint8Array> {
  const { iv, tag, text } = keystore.cipher;
  const key = await keyOf(passphrase, keystore.kdf);
  const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(iv, 'hex'));
  decipher.setAAD(Buffer.from(keystore.address));
  decipher.setAuthTag(Buffer.from(tag, 'hex'));
  try {
    return Buffer.concat([decipher.update(Buffer.from(text, 'hex')), decipher.final()]);
  } catch {
    throw new KeystoreError(`the passphrase does not open the key of ${keystore.address}`);
  }
}

/** Writes a new file that its owner alone may read; one that is there already is never replaced. */
export async function writeKeystore(file: string, keystore: Keystore): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  let handle;
  try {
    handle = await open(file, 'wx', 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new KeystoreError(`${file} is there already; keys are never overwritten`);
  }
  try {
    await handle.writeFile(`${JSON.stringify(keystore, null, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export async function readKeystore(file: string): Promise<Keystore> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new KeystoreError(`the key file cannot be read: ${(error as Error).message}`);
  }
  try {
    return keystoreShape.parse(JSON.parse(text));
  } catch {
    throw new KeystoreError(`${file} is no key file of version 1`);
  }
}

export async function openKeystore(file: string, passphrase: string): Promise<Account> {
  const keystore = await readKeystore(file);
  const account = accountFromKey(await decryptKey(keystore, passphrase));
  if (account.address === keystore.address) return account;
  throw new KeystoreError(`${file} holds the key of ${account.address}, and says ${keystore.address}`);
}
