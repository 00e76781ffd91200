import { readConfig } from '@allora/service-kit/config';
import { describe, expect, it } from 'vitest';
import { gatewayConfig } from '../config';
import { evmRule, inferenceConsumersOf, priceKey, priceTopicsOf } from './settings';

const CONTRACT = '0x5FbDB2315678afecb367f032d93F642f64180aa3';
const read = (env: Record<string, string>) =>
  readConfig(gatewayConfig, { env: { DATABASE_URL: 'postgres://db/allora', ...env }, rules: [evmRule] });

describe('the settings of the compatible API', () => {
  it('map assets and timeframes to topics, in any case', () => {
    const topics = priceTopicsOf(read({ PRICE_TOPICS: 'BTC/5m=1, eth/8H=22' }).priceTopics);
    expect(topics.get(priceKey('btc', '5M'))).toBe(1);
    expect(topics.get(priceKey('ETH', '8h'))).toBe(22);
    expect(topics.get(priceKey('SOL', '10m'))).toBeUndefined();
    expect(() => read({ PRICE_TOPICS: 'BTC/5m' })).toThrow(/PRICE_TOPICS: expected ASSET\/TIMEFRAME=topic/);
    expect(() => read({ PRICE_TOPICS: 'BTC/5m=1,btc/5M=2' })).toThrow(/once/);
  });

  it('map signature formats to contracts', () => {
    const key = '01'.repeat(32);
    const { evmChains } = read({ EVM_CHAINS: `31337=${CONTRACT}`, EVM_SIGNING_KEY: `0x${key}` });
    const consumer = inferenceConsumersOf(evmChains).get('ethereum-31337')!;
    expect(consumer.chainId).toBe(31337n);
    expect(`0x${Buffer.from(consumer.contract).toString('hex')}`).toBe(CONTRACT.toLowerCase());
    expect(() => read({ EVM_CHAINS: `31337=${CONTRACT}` })).toThrow(/EVM_SIGNING_KEY: is required/);
    const mistyped = CONTRACT.replace('FbDB', 'FbdB');
    expect(() => read({ EVM_CHAINS: `1=${mistyped}`, EVM_SIGNING_KEY: key })).toThrow(/checksum/);
    expect(() => read({ EVM_CHAINS: `1=${CONTRACT},1=${CONTRACT}`, EVM_SIGNING_KEY: key })).toThrow(/once/);
  });

  it('keep keys out of what is said about them', () => {
    const wrong = 'ab'.repeat(31);
    expect(() => read({ EVM_SIGNING_KEY: wrong })).toThrow(/^EVM_SIGNING_KEY: /);
    expect(() => read({ EVM_SIGNING_KEY: wrong })).not.toThrow(new RegExp(wrong));
    expect(() => read({ EVM_SIGNING_KEY: '00'.repeat(32) })).toThrow(/EVM_SIGNING_KEY/);
  });
});
