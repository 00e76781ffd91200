import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCanonical } from './canonical';
import { SignedPayload } from './gen/allora/signing/v1/signing';

const payload: SignedPayload = {
  chainId: 'allora-test-1',
  body: {
    $case: 'inference',
    value: { topicId: 1, nonce: 2, inferer: 'a', value: '1.5', salt: new Uint8Array() },
  },
};
const bytes = SignedPayload.encode(payload).finish();
const decoded = (parts: readonly number[]) => decodeCanonical(SignedPayload, Uint8Array.from(parts));

describe('decodeCanonical', () => {
  it('reads back what was encoded', () => {
    expect(decodeCanonical(SignedPayload, bytes)).toEqual(payload);
  });

  it('refuses the same message in other bytes', () => {
    const [tag, length, ...rest] = bytes;
    // The chain id twice, of which decoders take the last; a length of two bytes; a field that nobody knows.
    for (const other of [
      [tag!, 1, 0x61, ...bytes],
      [tag!, length! | 0x80, 0, ...rest],
      [...bytes, 0xf8, 0x3f, 1],
    ]) {
      expect(SignedPayload.decode(Uint8Array.from(other))).toMatchObject(payload);
      expect(decoded(other)).toBeUndefined();
    }
  });

  it('answers for whatever bytes', () => {
    expect(decoded([...bytes.subarray(0, bytes.length - 1)])).toBeUndefined();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (any) => {
        const message = decodeCanonical(SignedPayload, any);
        if (message) expect(SignedPayload.encode(message).finish()).toEqual(any);
      }),
    );
  });
});
