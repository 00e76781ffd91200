import { type AccountCommand, SignedPayload } from '@allora/contracts/gen/allora/signing/v1/signing';
import { Role } from '@allora/contracts/gen/allora/topics/v1/topics';
import { createAccount } from '@allora/identity/account';
import { messageHash } from '@allora/identity/signature';
import { describe, expect, it } from 'vitest';
import { readAccountCommand } from './command-forms';
import { readPayload } from './signed-payloads';

const anna = createAccount().address;
const bert = createAccount().address;
const chainId = 'allora-test-1';

type SignedBody = NonNullable<SignedPayload['body']>;

const encoded = (body: SignedBody): Uint8Array => SignedPayload.encode({ chainId, body }).finish();
const deposit = (change = {}) => ({
  $case: 'stakeDeposit' as const,
  value: { topicId: 1, reputer: anna, amountUallo: '5', requestId: 'a', ...change },
});
const account = (command: AccountCommand['command'], change = {}) => ({
  $case: 'accountCommand' as const,
  value: { author: anna, requestId: 'a', command, ...change },
});
const transfer = (change = {}) => ({
  $case: 'transfer' as const,
  value: { to: bert, amountUallo: '5', ...change },
});

describe('readPayload', () => {
  it('reads what was signed, under keys of its own for each kind', () => {
    const bytes = encoded(deposit());
    expect(readPayload(bytes, ['stakeDeposit'])).toEqual({
      chainId,
      command: {
        author: anna,
        requestId: 'stake:1:a',
        key: `stake:1:${anna}:a`,
        hash: messageHash(bytes),
        command: { kind: 'stake', reputer: anna, topicId: 1, amountUallo: 5n },
      },
    });
    const { command: moved } = readPayload(encoded(account(transfer())), ['accountCommand']);
    expect(moved).toMatchObject({
      author: anna,
      requestId: 'a',
      key: `command:${anna}:a`,
      command: { kind: 'transfer', from: anna, to: bert, amountUallo: 5n },
    });
    const registration = { topicId: 3, address: anna, role: Role.REPUTER, shadow: false, requestId: '' };
    const { command: fee } = readPayload(encoded({ $case: 'registration', value: registration }), [
      'topicCreation',
      'registration',
    ]);
    expect(fee).toMatchObject({
      key: `registration-fee:3:reputer:${anna}`,
      command: { kind: 'registration-fee', from: anna, topicId: 3, role: 'reputer' },
    });
  });

  it.each([
    ['a deposit of nothing', deposit({ amountUallo: '0' })],
    ['a negative deposit', deposit({ amountUallo: '-5' })],
    ['a fraction', deposit({ amountUallo: '1.5' })],
    ['leading zeros', deposit({ amountUallo: '05' })],
    ['more digits than the ledger has', deposit({ amountUallo: '1'.padEnd(39, '0') })],
    ['no topic', deposit({ topicId: 0 })],
    ['no address', deposit({ reputer: 'allo1nobody' })],
    ['a key separator in the request id', deposit({ requestId: 'a:b' })],
    ['a command without a command', account(undefined)],
    ['a negative transfer', account(transfer({ amountUallo: '-1' }))],
    ['a transfer to nobody', account(transfer({ to: 'bert' }))],
    [
      'a slash of nothing',
      account({ $case: 'slash', value: { topicId: 1, reputer: bert, partsPerMillion: 0 } }),
    ],
    [
      'a slash of more than all',
      account({ $case: 'slash', value: { topicId: 1, reputer: bert, partsPerMillion: 1_000_001 } }),
    ],
    ['an empty request id', account(transfer(), { requestId: '' })],
  ])('refuses %s', (_name, body: SignedBody) => {
    expect(() => readPayload(encoded(body), ['stakeDeposit', 'accountCommand'])).toThrow(
      expect.objectContaining({ code: 'MALFORMED' }),
    );
  });

  it('refuses bytes that are no payload, another form of one, or another body than asked for', () => {
    const bytes = encoded(deposit());
    const padded = Buffer.concat([bytes, Uint8Array.of(0xf8, 0x01, 0x01)]);
    for (const wrong of [Uint8Array.of(255, 255, 1), new Uint8Array(), padded]) {
      expect(() => readPayload(wrong, ['stakeDeposit'])).toThrow(
        expect.objectContaining({ code: 'MALFORMED' }),
      );
    }
    expect(() => readPayload(bytes, ['accountCommand'])).toThrow(
      expect.objectContaining({ code: 'MALFORMED' }),
    );
  });
});

describe('readAccountCommand', () => {
  it('names the field that is wrong', () => {
    const fields = { author: anna, requestId: 'a', command: { transfer: { to: bert, amountUallo: '-1' } } };
    expect(() => readAccountCommand(fields)).toThrow(
      expect.objectContaining({
        facts: { errors: [expect.objectContaining({ path: 'command.transfer.amountUallo' })] },
      }),
    );
  });

  it.each([
    ['two commands', { stakeValidator: { amountUallo: '1' }, cancelValidatorRemoval: {} }],
    ['no command', {}],
    ['an unknown one', { mint: { amountUallo: '1' } }],
    ['one that every object has', { constructor: {} }],
    ['a field too many', { stakeValidator: { amountUallo: '1', x: 1 } }],
    ['a field missing', { redelegate: { topicId: 1, reputer: bert, toTopicId: 2, amountUallo: '1' } }],
  ])('refuses %s', (_name, command) => {
    expect(() => readAccountCommand({ author: anna, requestId: 'a', command })).toThrow(
      expect.objectContaining({ code: 'MALFORMED' }),
    );
  });
});
