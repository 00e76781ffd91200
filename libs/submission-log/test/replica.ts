import 'reflect-metadata';
import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { busTopics } from '@allora/contracts/catalog';
import { Envelope } from '@allora/contracts/gen/allora/bus/v1/envelope';
import { InferenceSet, type Receipt } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import type { SignedMessage } from '@allora/contracts/gen/allora/signing/v1/signing';
import pg from 'pg';
import { ensureStack } from '../../../deploy/stack/stack';
import type { SubmissionLogConfig } from '../src/config';
import type { LogHarness } from './log-harness';

/** A replica of an ingest, here or in a process of its own. */
export interface Replica {
  readonly name: string;
  submit(signed: SignedMessage): Promise<Receipt>;
  /** Without a word to anybody. */
  kill(): Promise<void>;
}

export const replicaHere = (name: string, { intake }: LogHarness): Replica => ({
  name,
  submit: async (signed) => intake.acceptSigned(signed),
  kill: () => Promise.reject(new Error('the test would die with it')),
});

interface Asked {
  readonly id: number;
  readonly signed: { payload: string; publicKey: string; signature: string };
}
export type Told =
  | { readonly ready: true }
  | { readonly id: number; readonly receipt: Receipt }
  | { readonly id: number; readonly code: string };

const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const fromHex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));

export class ReplicaRefusal extends Error {
  constructor(readonly code: string) {
    super(code);
  }
}

export async function replicaInProcess(
  name: string,
  settings: Partial<SubmissionLogConfig>,
): Promise<Replica> {
  const child = fork(path.join(import.meta.dirname, 'replica.process.ts'), {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, REPLICA: JSON.stringify(settings) },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const waiting = new Map<number, { resolve: (receipt: Receipt) => void; reject: (error: Error) => void }>();
  const gone = once(child, 'exit').then(() => {
    for (const { reject } of waiting.values()) reject(new ReplicaRefusal('GONE'));
  });
  const ready = new Promise<void>((resolve) => {
    child.on('message', (told: Told) => {
      if ('ready' in told) return resolve();
      const asked = waiting.get(told.id);
      waiting.delete(told.id);
      if ('receipt' in told) asked?.resolve(told.receipt);
      else asked?.reject(new ReplicaRefusal(told.code));
    });
  });
  await Promise.race([
    ready,
    gone.then(() => {
      throw new Error(`replica ${name} ended before it was ready`);
    }),
  ]);
  let next = 0;
  return {
    name,
    submit: ({ payload, publicKey, signature }) =>
      new Promise((resolve, reject) => {
        if (child.exitCode !== null || child.signalCode !== null) return reject(new ReplicaRefusal('GONE'));
        const asked: Asked = {
          id: next++,
          signed: { payload: toHex(payload), publicKey: toHex(publicKey), signature: toHex(signature) },
        };
        waiting.set(asked.id, { resolve, reject });
        child.send(asked, (error) => error && reject(new ReplicaRefusal('GONE')));
      }),
    kill: async () => {
      child.kill('SIGKILL');
      await gone;
      await dropDatabasesOf(child.pid!);
    },
  };
}

/** Its harness made one, which it did not live to drop; the name tells whose it is. */
async function dropDatabasesOf(pid: number): Promise<void> {
  const { databaseUrl } = await ensureStack({ parts: ['postgres'] });
  const server = new pg.Client({ connectionString: databaseUrl });
  await server.connect();
  const { rows } = await server.query<{ name: string }>(
    `SELECT quote_ident(datname) AS name FROM pg_database WHERE datname ^@ $1`,
    [`allora_test_${pid}_`],
  );
  for (const { name } of rows) await server.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  await server.end();
}

/** The process's side: what the parent sends goes through the door. */
export function answerParent(log: LogHarness): void {
  const tell = (told: Told) => process.send?.(told);
  process.on('message', ({ id, signed }: Asked) => {
    const { payload, publicKey, signature } = signed;
    log.intake
      .acceptSigned({
        payload: fromHex(payload),
        publicKey: fromHex(publicKey),
        signature: fromHex(signature),
      })
      .then(
        // Bytes do not travel by this road; no test asks for the proof.
        (receipt) => tell({ id, receipt: { ...receipt, proof: undefined } as Receipt }),
        (error: { code?: string }) => tell({ id, code: error.code ?? 'INTERNAL' }),
      );
  });
  process.on('disconnect', () => process.exit(1));
  tell({ ready: true });
}

export interface ToldSet {
  readonly offset: number;
  readonly eventId: string;
  readonly set: InferenceSet;
  readonly payload: string;
}

/** Everything on the log of sets, as it stands there, read from its beginning by a reader of its own. */
export async function setsOnLog({ app }: LogHarness): Promise<ToldSet[]> {
  const told: ToldSet[] = [];
  const reading = await app.transport.consume({
    group: `reader-${randomBytes(4).toString('hex')}`,
    topics: [busTopics.inferenceSets.name],
    maxBatchRecords: 500,
    handle: (records) => {
      for (const { value, position } of records) {
        const { eventId, payload } = Envelope.decode(value);
        const set = InferenceSet.decode(payload);
        told.push({ offset: position.offset, eventId, set, payload: toHex(payload) });
      }
      return Promise.resolve();
    },
  });
  const behind = async () => Object.values(await reading.lag()).reduce((sum, lag) => sum + lag, 0);
  const endMs = Date.now() + 30_000;
  while ((await behind()) > 0) {
    if (Date.now() > endMs) throw new Error('the log of sets is not read to its end');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await reading.stop();
  return told;
}

/** What was told once counts once: a relay that is cut off tells its last records again, under the same ids. */
export const distinct = (told: readonly ToldSet[]): ToldSet[] =>
  [...new Map(told.toReversed().map((one) => [one.eventId, one])).values()].toReversed();

/** What a receipt says; the proof of it may be another each time. */
export const place = ({ proof: _, ...facts }: Receipt): Omit<Receipt, 'proof'> => facts;

export const newPrefix = (): string => `t${randomBytes(4).toString('hex')}.`;
