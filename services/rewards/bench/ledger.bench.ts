// Postings a second on the service's way of a command, and an epoch of a thousand payments, beside raw inserts of the same rows.
import { createHash } from 'node:crypto';
import { SignedPayload, type SignedMessage } from '@allora/contracts/gen/allora/signing/v1/signing';
import { createAccount } from '@allora/identity/account';
import { createTestDatabase } from '@allora/store/testing';
import pg from 'pg';
import type { ProvenCommand } from '../src/commands';
import { readPayload } from '../src/signed-payloads';
import { settleLargeEpoch } from './large-epoch';
import { openLedgerService } from './ledger-service';
import { insertGroups, lastTransfer, makeLikeTables, postedRows } from './raw-rows';

const CHAIN_ID = 'allora-bench-1';
const COMMANDS = 20_000;
const SINGLE_ROWS = 2_000;
const ROUNDS = 3;
/** As the service makes them. */
const GROUP = 512;
const ALLO = 10n ** 18n;

const json = process.argv.includes('--json');
const say = (text: string) => json || process.stderr.write(`${text}\n`);
const accounts = Array.from({ length: 500 }, createAccount);

let made = 0;
function signedTransfers(count: number): SignedMessage[] {
  return Array.from({ length: count }, (_, i) => {
    const from = accounts[i % accounts.length]!;
    const to = accounts[(i * 7 + 3) % accounts.length]!;
    const receiver = to === from ? accounts[(i + 1) % accounts.length]! : to;
    made += 1;
    const payload = SignedPayload.encode({
      chainId: CHAIN_ID,
      body: {
        $case: 'accountCommand',
        value: {
          author: from.address,
          requestId: `b${made}`,
          command: { $case: 'transfer', value: { to: receiver.address, amountUallo: '1000' } },
        },
      },
    }).finish();
    return { payload, publicKey: from.publicKey, signature: from.sign(payload) };
  });
}

const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

function print(line: Record<string, string | number>): void {
  const rounded = Object.fromEntries(
    Object.entries<string | number>({ name: 'ledger', ...line }).map(([key, value]) => [
      key,
      typeof value === 'number' ? Number(value.toPrecision(4)) : value,
    ]),
  );
  if (json) console.log(JSON.stringify(rounded));
  else
    console.log(
      `${String(line['case']).padEnd(52)} ${String(rounded['value']).padStart(9)} ${String(line['unit']).padEnd(10)} ` +
        (line['reference'] ? `${rounded['ratio']} x ${line['reference']}` : ''),
    );
}

const test = await createTestDatabase();
const pool = new pg.Pool({ connectionString: test.url, max: 8 });
const service = await openLedgerService(test.url, CHAIN_ID);

/** A posting out and a posting in for each command. */
async function perSecond(count: number, work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (2 * count) / ((performance.now() - began) / 1_000);
}

const proven = (messages: readonly SignedMessage[]): ProvenCommand[] =>
  messages.map(({ payload }) => readPayload(payload, ['accountCommand']).command);

async function unsignedRate(count: number): Promise<number> {
  const commands = proven(signedTransfers(count));
  return perSecond(count, async () => {
    const results = await service.commands.execute(commands);
    if (results.some(({ accepted }) => !accepted)) throw new Error('a transfer was refused');
  });
}

async function signedRate(count: number): Promise<number> {
  const messages = signedTransfers(count);
  return perSecond(count, () =>
    Promise.all(messages.map((message) => service.signed.execute(message, 'accountCommand'))),
  );
}

async function fund(): Promise<void> {
  const gifts = accounts.map(({ address }, i): ProvenCommand => {
    const requestId = `fund-${i}`;
    const key = `faucet:${address}:${requestId}`;
    const hash = createHash('sha256').update(key).digest();
    return {
      command: { kind: 'faucet', to: address, amountUallo: ALLO },
      key,
      author: address,
      requestId,
      hash,
    };
  });
  await service.commands.execute(gifts);
}

const rates = {
  unsigned: [] as number[],
  signed: [] as number[],
  raw: [] as number[],
  single: [] as number[],
};
try {
  await fund();
  say('warming up');
  await unsignedRate(5_000);
  await signedRate(2_000);
  for (let round = 1; round <= ROUNDS; round++) {
    say(`round ${round} of ${ROUNDS}`);
    const before = await lastTransfer(pool);
    rates.unsigned.push(await unsignedRate(COMMANDS));
    const rows = await postedRows(pool, before);
    await makeLikeTables(pool);
    rates.raw.push(await insertGroups(pool, rows, GROUP));
    await makeLikeTables(pool);
    rates.single.push(await insertGroups(pool, rows.slice(0, SINGLE_ROWS), 1));
    rates.signed.push(await signedRate(COMMANDS));
  }
  const raw = { name: `raw INSERTs, ${GROUP} transfers a transaction`, rate: median(rates.raw) };
  const single = { name: 'raw INSERTs, one transfer a transaction', rate: median(rates.single) };
  for (const { name, rate } of [raw, single])
    print({ case: name, value: rate, unit: 'postings/s', reference: '', ratio: 1 });
  for (const [name, rate] of [
    ['commands, signatures checked', median(rates.signed)],
    ['commands, behind signatures', median(rates.unsigned)],
  ] as const)
    for (const against of [raw, single])
      print({
        case: name,
        value: rate,
        unit: 'postings/s',
        reference: against.name,
        ratio: rate / against.rate,
      });
  say('an epoch of 1,000 participants');
  for (const line of await settleLargeEpoch(service, pool)) print(line);
} finally {
  await service.close();
  await pool.end();
  await test.drop();
}
