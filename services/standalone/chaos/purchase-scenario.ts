import { setTimeout as sleep } from 'node:timers/promises';
import type { Account } from '@allora/identity/account';
import { verifyInferenceStatement } from '@allora/sdk/inference-statement';
import { LOSS_METHOD } from '../demo/loss';
import { checkLedger } from './check-epoch';
import { checkPurchases } from './check-purchases';
import { checkDeadLetters, readDeadLetters } from './dead-letters';
import { InferenceTeller } from './inference-teller';
import { checkMemory, MemoryWatch } from './memory';
import { beside, crashViolations, faultsOf, type Outcome, type Play, recover, type Work } from './play';
import { chaosParams, fundAll } from './population';
import { endOf, writePurchase, type PurchaseAnswer, type PurchaseParcel } from './purchase-parcel';
import { PurchaseSender } from './purchase-sender';
import { SeededRandom } from './random';
import { readLedger } from './read-epoch';
import { CHAIN_ID, networkIdentity, until } from './run';
import type { Violation } from './violation';

const BUYERS = 40;
const FUNDS_UALLO = 10n ** 20n;
const LEAST_FEE_UALLO = 1_000;
const REQUESTS = 1_000;
/** Of the length of the run, in which purchases are begun. */
const LOAD_SHARE = 0.85;
const SEND_LIMIT_MS = 45_000;
const END_LIMIT_MS = 240_000;
/** Of those who wait for something to come, some do not wait long enough. */
const IMPATIENT_BLOCKS = 4;

/** Short leases: what a killed gateway had for itself is soon another one's. */
export const purchaseSettings: Readonly<Record<string, string>> = {
  PURCHASE_LEASE_MS: '4000',
  PURCHASE_CHECK_MS: '500',
  // So that no fee is given up for the time alone that the ledger was away.
  PURCHASE_BLOCK_MS: '60000',
};

/** Purchases, each sent up to five times at once to both gateways, and again until it has ended. */
export async function runPurchases(play: Play): Promise<Outcome> {
  const { network, plan, options, reporter, signal } = play;
  const { client, cluster, blocks, stack, reader } = network;
  const random = new SeededRandom(`load/${plan.seed}`);
  const requests = options.requests ?? REQUESTS;
  const buyers = Array.from({ length: BUYERS }, (_, n) => random.account(`buyer/${n}`));
  const creator = random.account('creator');
  await fundAll(client, [creator], signal);
  await fundAll(client, buyers, signal, FUNDS_UALLO);
  const params = { ...chaosParams, minInferenceFeeUallo: String(LEAST_FEE_UALLO) };
  const topic = { metadata: 'sold', lossMethod: LOSS_METHOD, params, requestId: 'chaos-sold' };
  const { id: topicId } = await client.createTopic(creator, topic);
  const teller = new InferenceTeller(() => stack.kafka.directAddress, topicId, blocks);
  await teller.tell(1, signal);
  await client.epoch(topicId, 1, { waitFor: 'inference' });
  reporter.note(`${requests} purchases by ${BUYERS} accounts`);
  const opening = await readLedger(stack.postgres.directAddress);
  const fundsUallo = new Map(
    buyers.map(({ address }) => [address, opening.balances.get(`participant:${address}`) ?? 0n]),
  );
  const sender = new PurchaseSender(cluster, random.fork('doors'));
  const parcels = writeAll({ topicId, requests, buyers, random: random.fork('load') });
  const watch = new MemoryWatch(cluster);
  watch.start();
  try {
    const tell: Work = (stop) => teller.run(stop);
    const lengthMs = LOAD_SHARE * plan.minutes * 60_000;
    await beside(play, sender, [tell, (stop) => sendAll(sender, parcels, lengthMs, stop)], faultsOf(play));
    const unready: Violation[] = [];
    // The clock goes on until the last of them has what it bought, or its deadline is over.
    await beside(play, sender, [tell], async () => {
      unready.push(...(await recover(play, sender)));
      await endAll(sender, parcels);
    });
    await sender.repeatAll();
    const memory = watch.stop();
    const { mintedUallo, heldUallo } = await client.supply();
    const ledger = await readLedger(stack.postgres.directAddress);
    const verified = ({ payload, signature }: { payload: Uint8Array; signature: Uint8Array }) =>
      verifyInferenceStatement({ payload: hex(payload), signature: hex(signature) }, networkIdentity);
    const violations = [
      ...unready,
      ...checkPurchases({ parcels, ...ledger, fundsUallo, verified }),
      ...checkLedger({ ...ledger, supply: { mintedUallo, heldUallo } }),
      ...checkDeadLetters(readDeadLetters(reader), { undecodable: [], broken: [] }),
      ...checkMemory(memory),
      ...crashViolations(play),
    ];
    const ends = parcels.map(endOf);
    const refused = parcels.length - ends.filter(Boolean).length;
    const facts = {
      fees: ledger.transfers.filter(({ kind }) => kind === 'inference-hold').length,
      fulfilled: ends.filter((end) => end?.state === 'fulfilled').length,
      refunded: ends.filter((end) => end?.state === 'refunded').length,
      attempts: parcels.reduce((sum, { answers }) => sum + answers.length, 0),
      inferencesTold: teller.told,
      height: blocks.height,
      answers: countAnswers(parcels),
    };
    const accepted = parcels.length - refused;
    return { submitted: parcels.length, accepted, refused, memory, violations, facts };
  } finally {
    watch.stop();
    sender.close();
  }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

interface Writing {
  readonly topicId: number;
  readonly requests: number;
  readonly buyers: readonly Account[];
  readonly random: SeededRandom;
}

/** Two in three of the latest, the others of what is to come; each is sent one to five times at once. */
function writeAll({ topicId, requests, buyers, random }: Writing): PurchaseParcel[] {
  return Array.from({ length: requests }, (_, n) => {
    const draw = random.unit();
    const purchase =
      draw < 0.66
        ? ({ $case: 'latest', value: {} } as const)
        : draw < 0.9
          ? ({ $case: 'nextEpoch', value: {} } as const)
          : ({ $case: 'subscription', value: { epochs: random.whole(2, 4) } } as const);
    const request = {
      ...{ requestId: `p-${n}`, topicId, purchase },
      feeUallo: String(random.whole(LEAST_FEE_UALLO, 1_000_000)),
      maxWaitBlocks: purchase.$case !== 'latest' && random.chance(0.3) ? IMPATIENT_BLOCKS : 0,
    };
    return writePurchase(random.pick(buyers), request, { chainId: CHAIN_ID, times: random.whole(1, 6) });
  });
}

/** Evenly over the time; what the end of the run cuts short is sent behind it. */
async function sendAll(
  sender: PurchaseSender,
  parcels: readonly PurchaseParcel[],
  lengthMs: number,
  stop: AbortSignal,
): Promise<void> {
  const began = Date.now();
  for (const [n, parcel] of parcels.entries()) {
    const dueMs = began + (n / parcels.length) * lengthMs;
    await sleep(Math.max(0, dueMs - Date.now()), undefined, { signal: stop }).catch(() => undefined);
    if (stop.aborted) return;
    void sender.send(parcel, Date.now() + SEND_LIMIT_MS);
  }
}

async function endAll(sender: PurchaseSender, parcels: readonly PurchaseParcel[]): Promise<void> {
  await sender.sendOnce(parcels.filter(({ answers }) => answers.length === 0));
  await until(() => sender.inflight === 0, SEND_LIMIT_MS);
  await sender.askAgain(Date.now() + END_LIMIT_MS);
}

function countAnswers(parcels: readonly PurchaseParcel[]): Record<string, number> {
  const counts: Record<string, number> = {};
  const nameOf = (answer: PurchaseAnswer) => (answer.kind === 'refused' ? answer.code : answer.kind);
  for (const name of parcels.flatMap(({ answers }) => answers.map(nameOf)))
    counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
