import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { percentiles } from './http-load';
import type { Network } from './network';
import type { Memory, Served } from './served';

export const SUBSCRIBERS = 2_000;
/** So many that the slowest of them alone is not the 99th percentile. */
const EPOCHS = 180;
/** One behind the other: what a process runs once an epoch is compiled after many of them only. */
const EPOCHS_TO_WARM_UP = 100;
/** After connecting and after each epoch, for what is left over to be done. */
const REST_MS = 500;
/** Less given back than this in a rest is nothing. */
const STILL_BYTES = 2 ** 20;

const told = z.object({ nonce: z.number(), times: z.array(z.number()) });
const nowMs = () => Number(process.hrtime.bigint()) / 1e6;
const rest = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export interface StreamFigures {
  readonly residentMb: number;
  readonly heldMb: number;
  /** From an inference's handing over to the log until a reader has it, over all readers and epochs, in milliseconds. */
  readonly delay: { readonly p50: number; readonly p99: number };
}

export async function streamsOf(served: Served, network: Network): Promise<StreamFigures> {
  const before = await settled(served);
  const readers = startReaders(served.port);
  try {
    await readers.line();
    const memory = added(before, await settled(served));
    // The limit of the delay is no share of what one core can do, unlike the comparison of requests.
    await served.process.freeHelpers();
    for (let epoch = 0; epoch < EPOCHS_TO_WARM_UP; epoch++) await delaysOfEpoch(network, readers);
    const delays: number[] = [];
    for (let epoch = 0; epoch < EPOCHS; epoch++) {
      await rest(REST_MS);
      delays.push(...(await delaysOfEpoch(network, readers)));
    }
    return { ...memory, delay: percentiles(delays) };
  } finally {
    readers.stop();
    await served.process.pinHelpers();
  }
}

/** One of each reader. */
async function delaysOfEpoch(network: Network, readers: { line(): Promise<string> }): Promise<number[]> {
  const { nonce, toldAtMs } = await network.tellEpoch(nowMs);
  const arrived = told.parse(JSON.parse(await readers.line()));
  if (arrived.nonce !== nonce) throw new Error(`told ${nonce}, and ${arrived.nonce} arrived`);
  return arrived.times.map((time) => time - toldAtMs);
}

/** V8 gives memory back by and by: until it does not any more. */
async function settled(served: Served): Promise<Memory> {
  for (let before = await served.memory(); ;) {
    await rest(2_000);
    const now = await served.memory();
    if (now.rss > before.rss - STILL_BYTES) return now;
    before = now;
  }
}

function added(before: Memory, after: Memory): { residentMb: number; heldMb: number } {
  const held = ({ heapUsed, external }: Memory) => heapUsed + external;
  return { residentMb: (after.rss - before.rss) / 2 ** 20, heldMb: (held(after) - held(before)) / 2 ** 20 };
}

/** In a process of their own, on the cores that are not measured. */
function startReaders(port: number) {
  const root = path.resolve(import.meta.dirname, '../../..');
  const given = JSON.stringify({ port, path: '/v1/stream?topics=all&kinds=inference', count: SUBSCRIBERS });
  const child = spawn(
    path.join(root, 'node_modules/.bin/tsx'),
    [path.join(import.meta.dirname, 'subscribers.ts'), given],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { line: async () => String((await lines.next()).value), stop: () => child.stdin.end() };
}
