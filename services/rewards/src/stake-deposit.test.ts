import { SignedPayload, type StakeDeposit } from '@allora/contracts/gen/allora/signing/v1/signing';
import { createAccount } from '@allora/identity/account';
import { describe, expect, it } from 'vitest';
import { readStakeDeposit } from './stake-deposit';

const reputer = createAccount();
const chainId = 'allora-test-1';

function signed(
  change: Partial<StakeDeposit> = {},
  options: { chainId?: string; signer?: typeof reputer } = {},
) {
  const value = { topicId: 1, reputer: reputer.address, amountUallo: '5', requestId: 'a', ...change };
  const signer = options.signer ?? reputer;
  const payload = SignedPayload.encode({
    chainId: options.chainId ?? chainId,
    body: { $case: 'stakeDeposit', value },
  }).finish();
  return { payload, publicKey: signer.publicKey, signature: signer.sign(payload) };
}

const refused = (code: string) => expect.objectContaining({ code });
const read = (message: ReturnType<typeof signed>) => () => readStakeDeposit(message, chainId);

describe('readStakeDeposit', () => {
  it('reads what the reputer signed', () => {
    expect(readStakeDeposit(signed(), chainId)).toEqual({
      topicId: 1,
      reputer: reputer.address,
      amountUallo: '5',
      requestId: 'a',
    });
  });

  it.each([
    ['of another chain', signed({}, { chainId: 'other' })],
    ['of another key', signed({}, { signer: createAccount() })],
    ['with another signature', { ...signed(), signature: signed({ amountUallo: '6' }).signature }],
  ])('refuses a message %s', (_name, message) => {
    expect(read(message)).toThrow(refused('BAD_SIGNATURE'));
  });

  it.each([
    ['no amount', signed({ amountUallo: '0' })],
    ['a negative amount', signed({ amountUallo: '-5' })],
    ['a fraction', signed({ amountUallo: '1.5' })],
    ['an amount with leading zeros', signed({ amountUallo: '05' })],
    ['no topic', signed({ topicId: 0 })],
    ['no address', signed({ reputer: 'allo1nobody' })],
    ['a key separator in the request id', signed({ requestId: 'a:b' })],
    ['bytes that are no payload', { ...signed(), payload: Uint8Array.of(255, 255, 1) }],
    ['an empty payload', { ...signed(), payload: new Uint8Array() }],
  ])('refuses %s', (_name, message) => {
    expect(read(message)).toThrow(refused('MALFORMED'));
  });

  it('refuses another form of the same payload', () => {
    const { payload } = signed();
    const padded = Buffer.concat([payload, Uint8Array.of(0xf8, 0x01, 0x01)]);
    const message = { payload: padded, publicKey: reputer.publicKey, signature: reputer.sign(padded) };
    expect(read(message)).toThrow(refused('MALFORMED'));
  });
});
