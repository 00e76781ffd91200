import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Account, accountFromKey } from '@allora/identity/account';
import { checkGenesis, DEFAULT_SHARES, type Genesis, shareUallo } from '@allora/protocol/economy/genesis';
import { DEFAULT_PARAMS } from '@allora/protocol/params';
import { addressText } from '@allora/service-kit/form';
import { z } from 'zod';
import { NO_GENESIS, type RewardsConfig } from './config';

const share = z.number().min(0).max(1);
const uallo = z
  .string()
  .regex(/^(0|[1-9]\d{0,37})$/, 'expected a whole number of uallo')
  .transform(BigInt);

const genesisForm = z.strictObject({
  chainName: z.string().min(1).max(128).optional(),
  blocksPerMonth: z.number().int().min(1).max(1e12).default(DEFAULT_PARAMS.blocksPerMonth),
  shares: z
    .strictObject({
      ecosystem: share,
      foundation: share,
      participants: share,
      investors: share,
      preseed: share,
      team: share,
    })
    .default(DEFAULT_SHARES),
  foundation: addressText,
  vesting: z.strictObject({ preseed: addressText, investors: addressText, team: addressText }),
  accounts: z.array(z.strictObject({ address: addressText, amountUallo: uallo })).default([]),
  faucetUallo: uallo.default(0n),
  operators: z.array(addressText).default([]),
});

/** An account of the built-in genesis; its key is no secret, so it is for test networks only. */
export const testAccount = (name: 'foundation' | 'preseed' | 'investors' | 'team' | 'operator'): Account =>
  accountFromKey(createHash('sha256').update(`allora test network: ${name}`).digest());

const testGenesis = (): Genesis => ({
  blocksPerMonth: DEFAULT_PARAMS.blocksPerMonth,
  shares: DEFAULT_SHARES,
  foundation: testAccount('foundation').address,
  vesting: {
    preseed: testAccount('preseed').address,
    investors: testAccount('investors').address,
    team: testAccount('team').address,
  },
  accounts: [],
  faucetUallo: shareUallo(DEFAULT_SHARES.participants),
  operators: [testAccount('operator').address],
});

/** The genesis that the settings name, checked; an error names what is wrong with it. */
export function readGenesis({ genesisFile, faucet }: RewardsConfig): Genesis {
  if (genesisFile === undefined) {
    if (faucet !== 'open') throw new Error(NO_GENESIS);
    return testGenesis();
  }
  try {
    const genesis = parseGenesis(readFileSync(genesisFile, 'utf8'));
    checkGenesis(genesis);
    return genesis;
  } catch (error) {
    throw new Error(`GENESIS_FILE ${genesisFile}: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
}

function parseGenesis(text: string): Genesis {
  const parsed = genesisForm.safeParse(JSON.parse(text));
  if (!parsed.success) throw new Error(z.prettifyError(parsed.error));
  const { chainName, ...genesis } = parsed.data;
  return chainName === undefined ? genesis : { chainName, ...genesis };
}

/** SHA-256 of the genesis, whatever the order and the layout of its file; lists keep their order. */
export const genesisHash = (genesis: Genesis): string =>
  createHash('sha256').update(canonical(genesis)).digest('hex');

function canonical(value: unknown): string {
  if (typeof value === 'bigint') return JSON.stringify(value.toString());
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`);
  return `{${members.join(',')}}`;
}
