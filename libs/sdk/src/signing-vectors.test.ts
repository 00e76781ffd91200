import { readFileSync } from 'node:fs';
import path from 'node:path';
import { SignedPayload } from '@allora/contracts/gen/allora/signing/v1/signing';
import { accountFromKey } from '@allora/identity/account';
import { addressOf } from '@allora/identity/address';
import { pureSecp256k1, secp256k1 } from '@allora/identity/secp256k1';
import { messageHash, provesAuthor } from '@allora/identity/signature';
import { describe, expect, it } from 'vitest';
import { payloadBytes, prove } from './signing';

interface Vector {
  readonly name: string;
  readonly privateKey: string;
  readonly publicKey: string;
  readonly address: string;
  readonly chainId: string;
  readonly body: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly bytes: string;
  readonly sha256: string;
  readonly signature: string;
}

const file = path.join(import.meta.dirname, '../../identity/vectors/signing.json');
const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vector[];
const bytesOf = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('the signing vectors', () => {
  it('cover every kind of body', () => {
    expect(new Set(vectors.map(({ body }) => body))).toEqual(
      new Set([
        ...['inference', 'forecast', 'loss', 'topicCreation', 'registration', 'stakeDeposit'],
        ...['commitment', 'receiptRoot', 'accountCommand', 'topicChange'],
        ...['inferenceRequest', 'inferenceStatement', 'inferenceRefund'],
      ]),
    );
    const commands = vectors.filter(({ body }) => body === 'accountCommand');
    const named = commands.flatMap(({ fields }) => Object.keys(fields));
    expect(new Set(named.filter((name) => !['author', 'requestId'].includes(name)))).toEqual(
      new Set([
        ...['transfer', 'delegate', 'removeStake', 'cancelRemoval', 'redelegate', 'claimDelegationRewards'],
        ...['fundTopic', 'payInference', 'stakeValidator', 'removeValidatorStake', 'cancelValidatorRemoval'],
        ...['claimValidatorRewards', 'slash'],
      ]),
    );
    expect(new Set(vectors.map(({ name }) => name)).size).toBe(vectors.length);
  });

  describe.each(vectors)('$name', (vector) => {
    const account = accountFromKey(bytesOf(vector.privateKey));
    const payload = SignedPayload.fromJSON({ chainId: vector.chainId, [vector.body]: vector.fields });

    it('is the address of its key', () => {
      expect(hexOf(account.publicKey)).toBe(vector.publicKey);
      expect(account.address).toBe(vector.address);
      expect(addressOf(bytesOf(vector.publicKey))).toBe(vector.address);
    });

    it('is written to these bytes, and read back from them', () => {
      expect(payload.body?.$case).toBe(vector.body);
      expect(hexOf(payloadBytes(vector.chainId, payload.body!))).toBe(vector.bytes);
      expect(SignedPayload.decode(bytesOf(vector.bytes))).toEqual(payload);
      expect(hexOf(messageHash(bytesOf(vector.bytes)))).toBe(vector.sha256);
    });

    it('is signed so by every implementation, and proves its author', () => {
      expect(prove(account, vector.chainId, payload.body!)).toEqual({
        publicKey: vector.publicKey,
        signature: vector.signature,
      });
      for (const curve of [secp256k1, pureSecp256k1])
        expect(hexOf(curve.sign(bytesOf(vector.privateKey), bytesOf(vector.sha256)))).toBe(vector.signature);
      const { address } = vector;
      const [bytes, publicKey, signature] = [vector.bytes, vector.publicKey, vector.signature].map(bytesOf);
      expect(provesAuthor({ address, bytes: bytes!, publicKey: publicKey!, signature: signature! })).toBe(
        true,
      );
    });
  });
});
