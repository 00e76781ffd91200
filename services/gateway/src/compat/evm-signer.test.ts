import { describe, expect, it } from 'vitest';
import { gatewayConfig } from '../config';
import { EvmSigner } from './evm-signer';

const signer = (more: object) =>
  new EvmSigner(gatewayConfig.parse({ databaseUrl: 'postgres://db/allora', ...more }));
const CONTRACT = '0x5FbDB2315678afecb367f032d93F642f64180aa3';
const KEY = '01'.padStart(64, '0');

describe('the signer for contracts', () => {
  it('signs for nobody until it is told of a contract', () => {
    const none = signer({});
    expect(none.address).toBeNull();
    expect(none.consumers.size).toBe(0);
    expect(() => none.signerOf('ethereum-1')).toThrow(/configured: none; an operator sets EVM_CHAINS/);
    // A key alone is no leave to sign for whatever contract is asked for.
    expect(() => signer({ evmSigningKey: KEY }).signerOf('ethereum-1')).toThrow(/not configured/);
  });

  it('signs for the contracts it is told of, and says which these are', () => {
    const one = signer({ evmChains: [`31337=${CONTRACT}`], evmSigningKey: `0x${KEY}` });
    expect(one.address).toBe('0x7e5f4552091a69125d5dfcb7b8c2659029395bdf');
    expect(one.signerOf('ethereum-31337')).toBeTypeOf('function');
    expect(() => one.signerOf('ethereum-1')).toThrow(/"ethereum-1" is not configured here.*ethereum-31337/);
  });

  it('tells the other addresses that it signs with, and when, each but its own', () => {
    const others = [`0x${'AB'.repeat(20)}@2026-03-01T00:00:00Z/`, `0x${'cd'.repeat(20)}`];
    const own = '0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf';
    const one = signer({
      evmSigningKey: KEY,
      evmSignerAddresses: [...others, `${own}@/2026-01-01T00:00:00Z`],
    });
    expect(one.others).toEqual([
      { address: `0x${'ab'.repeat(20)}`, from: '2026-03-01T00:00:00Z', until: null },
      { address: `0x${'cd'.repeat(20)}`, from: null, until: null },
    ]);
    for (const wrong of [`0x${'ab'.repeat(19)}`, `${own.replace('E5', 'e5')}`, `0x${'ab'.repeat(20)}@/soon`])
      expect(() => signer({ evmSignerAddresses: [wrong] }), wrong).toThrow(/expected an address/);
  });

  it('does not start with a contract and no key', () => {
    expect(() => signer({ evmChains: [`31337=${CONTRACT}`] })).toThrow(/EVM_SIGNING_KEY/);
  });
});
