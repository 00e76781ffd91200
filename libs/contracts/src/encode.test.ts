import { describe, expect, it } from 'vitest';
import { encodeMessage } from './encode';
import { SignedPayload } from './gen/allora/signing/v1/signing';

const payload = (value: string): SignedPayload => ({
  chainId: 'allora-test-1',
  body: { $case: 'inference', value: { topicId: 1, nonce: 2, inferer: 'a', value, salt: new Uint8Array() } },
});

describe('encodeMessage', () => {
  it('gives the bytes that a writer of its own gives, message after message', () => {
    const all = ['', 'x'.repeat(10_000), '1'].map(payload);
    const bytes = all.map((message) => encodeMessage(SignedPayload, message));
    expect(bytes).toEqual(all.map((message) => SignedPayload.encode(message).finish()));
  });

  it('recovers from a message that cannot be encoded', () => {
    const broken = payload('1');
    Object.assign(broken.body!.value, { topicId: -1 });
    expect(() => encodeMessage(SignedPayload, broken)).toThrow();
    expect(encodeMessage(SignedPayload, payload('1'))).toEqual(SignedPayload.encode(payload('1')).finish());
  });
});
