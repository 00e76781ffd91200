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

  it('does not start with a contract and no key', () => {
    expect(() => signer({ evmChains: [`31337=${CONTRACT}`] })).toThrow(/EVM_SIGNING_KEY/);
  });
});
