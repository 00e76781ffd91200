import { evmAddressBytes } from '@allora/identity/evm-address';
import type { InferenceConsumer } from '@allora/identity/evm-inference';
import { type ConfigRule, secret } from '@allora/service-kit/config';
import { readValidity, type Validity } from '@allora/service-kit/published-key';
import { z } from 'zod';

const allDiffer = (keys: readonly string[]): boolean => new Set(keys).size === keys.length;

const priceTopic = z
  .string()
  .regex(
    /^[^\s/=]{1,32}\/[^\s/=]{1,32}=[1-9]\d{0,14}$/,
    'expected ASSET/TIMEFRAME=topic, such as BTC/5m=1, several separated by commas',
  );

const evmChain = z
  .string()
  .regex(/^[1-9]\d{0,18}=0x/, 'expected chain=contract, such as 11155111=0x…, several separated by commas')
  .refine(
    (text) => evmAddressBytes(text.slice(text.indexOf('=') + 1)) !== null,
    'expected a contract address of 0x and 40 hex digits, in one case or with its checksum',
  );

/** An address that the network signs with for contracts at other times, lower-case. */
export interface EvmSignerAddress extends Validity {
  readonly address: string;
}

/** Of a text `0x…@from/until`; undefined for what is none. */
export function readEvmSigner(text: string): EvmSignerAddress | undefined {
  const read = readValidity(text);
  if (!read || evmAddressBytes(read.what) === null) return undefined;
  return { address: read.what.toLowerCase(), from: read.from, until: read.until };
}

const evmSigner = z
  .string()
  .refine(
    (text) => readEvmSigner(text) !== undefined,
    'expected an address of 0x and 40 hex digits, in one case or with its checksum, then @from/until in ISO time or nothing',
  );

/** What the API of the existing client libraries is told. */
export const compatSettings = {
  priceTopics: z
    .array(priceTopic)
    .max(1_000)
    .refine((entries) => allDiffer(entries.map(priceKeyOfEntry)), 'expected each asset and timeframe once')
    .default([])
    .describe(
      'Topics behind the price paths of /v2, as ASSET/TIMEFRAME=topic separated by commas, in any case',
    ),
  compatChains: z
    .array(z.string().regex(/^[\w.-]{1,64}$/, 'expected names of chains, separated by commas'))
    .max(20)
    .default(['allora-testnet-1', 'allora-mainnet-1'])
    .describe('Chain names, beside CHAIN_ID, under which client libraries find this network in /v2'),
  evmChains: z
    .array(evmChain)
    .max(100)
    .refine((entries) => allDiffer(entries.map((entry) => entry.split('=')[0]!)), 'expected each chain once')
    .default([])
    .describe('EVM chains that inferences are signed for, as chain=verifying contract, separated by commas'),
  evmSigningKey: secret(
    z
      .string()
      .regex(/^(0x)?(?!0{64})[0-9a-fA-F]{64}$/, 'expected 32 bytes in hex')
      .optional(),
  ).describe('Private key that contracts know the network by, 32 bytes in hex; needed with EVM_CHAINS'),
  evmSignerAddresses: z
    .array(evmSigner)
    .max(100)
    .default([])
    .describe(
      'Other addresses of the network towards contracts, separated by commas, told by GET /v1/evm: the next one before it ' +
        'signs, former ones after; 0x…@from/until in ISO time, either end left out where there is none',
    ),
};

interface EvmSettings {
  readonly evmChains: readonly string[];
  readonly evmSigningKey?: string | undefined;
}

export const evmRule: ConfigRule<EvmSettings> = ({ evmChains, evmSigningKey }) =>
  evmChains.length > 0 && evmSigningKey === undefined
    ? 'EVM_SIGNING_KEY: is required with EVM_CHAINS; make one with: openssl rand -hex 32'
    : undefined;

export const priceKey = (asset: string, timeframe: string): string =>
  `${asset.toLowerCase()}/${timeframe.toLowerCase()}`;

function priceKeyOfEntry(entry: string): string {
  const [asset = '', timeframe = ''] = entry.slice(0, entry.indexOf('=')).split('/');
  return priceKey(asset, timeframe);
}

/** Topic ids by asset and timeframe. */
export const priceTopicsOf = (entries: readonly string[]): ReadonlyMap<string, number> =>
  new Map(entries.map((entry) => [priceKeyOfEntry(entry), Number(entry.slice(entry.indexOf('=') + 1))]));

/** Verifying contracts by the name of the signature format that asks for them. */
export const inferenceConsumersOf = (entries: readonly string[]): ReadonlyMap<string, InferenceConsumer> =>
  new Map(
    entries.map((entry) => {
      const [chainId = '', contract = ''] = entry.split('=');
      return [
        `ethereum-${chainId}`,
        { chainId: BigInt(chainId), contract: evmAddressBytes(contract) ?? new Uint8Array() },
      ];
    }),
  );
