import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { type Account, createAccount } from './account';
import { accountKeyOf } from './account-key';
import { messageHash } from './signature';
import { SignatureChecks } from './signature-checks';

const pointOf = ({ publicKey }: Account) => accountKeyOf(publicKey)!.point;

const open: SignatureChecks[] = [];
const checks = (threads: number) => {
  const made = new SignatureChecks(threads);
  open.push(made);
  return made;
};
afterEach(() => Promise.all(open.splice(0).map((one) => one.close())));

/** Every third claim is false in one of the ways a claim can be. */
function claims(count: number) {
  const accounts = Array.from({ length: 5 }, createAccount);
  return Array.from({ length: count }, (_, i) => {
    const account = accounts[i % accounts.length]!;
    const bytes = randomBytes(50);
    const digest = messageHash(bytes);
    const good = { point: pointOf(account), digest, signature: account.sign(bytes) };
    if (i % 3 > 0) return { claim: good, holds: true };
    const bad = [
      { ...good, digest: messageHash(randomBytes(50)) },
      { ...good, point: pointOf(accounts[(i + 1) % accounts.length]!) },
      { ...good, signature: new Uint8Array(64) },
      { ...good, signature: good.signature.subarray(0, 63) },
      { ...good, point: new Uint8Array(65) },
    ];
    return { claim: bad[(i / 3) % bad.length]!, holds: false };
  });
}

describe.each([0, 1, 2])('signature checks on %s threads of their own', (threads) => {
  it('tell for each claim of many groups whether it holds', async () => {
    const all = claims(301);
    const answers = await checks(threads).verify(all.map(({ claim }) => claim));
    expect(answers).toEqual(all.map(({ holds }) => holds));
  });

  it('answer callers that ask at once each in their own order', async () => {
    const groups = Array.from({ length: 9 }, (_, i) => claims(1 + 20 * i));
    const pool = checks(threads);
    const answers = await Promise.all(groups.map((group) => pool.verify(group.map(({ claim }) => claim))));
    expect(answers).toEqual(groups.map((group) => group.map(({ holds }) => holds)));
    expect(await pool.verify([])).toEqual([]);
  });
});
