import { setTimeout as sleep } from 'node:timers/promises';
import { checkDelays, checkEpoch, delaysMs, type PoisonedTime } from './check-epoch';
import { checkDeadLetters, listed, type Listing, readDeadLetters, replay, type Replay } from './dead-letters';
import { EpochLife } from './epoch-life';
import type { EpochState } from './epoch-state';
import { Load } from './load';
import { MemoryWatch } from './memory';
import {
  beside,
  closeWindows,
  faultsOf,
  judgeIngest,
  outcomeOf,
  recover,
  SETTLE_LIMIT_MS,
  type Outcome,
  type Play,
  type Work,
} from './play';
import { Poison } from './poison';
import { setUpPopulation } from './population';
import { SeededRandom } from './random';
import { allSettled, readEpochs } from './read-epoch';
import { CHAIN_ID, until } from './run';
import { Sender } from './sender';
import type { Violation } from './violation';

const CAST = { inferers: 6, forecasters: 2, reputers: 3 } as const;
const EPOCH_BLOCKS = 10;
/** Poison of the calm time, all at once. */
const BURST = 24;
const BROKEN_SERVICE = 'rewards';

/** Whole epochs up to their payments; one topic is poisoned. */
export async function runEpoch(play: Play): Promise<Outcome> {
  const { network, plan, options, reporter } = play;
  const { client, cluster, history, blocks, stack, reader } = network;
  const random = new SeededRandom(`load/${plan.seed}`);
  const ratePerSecond = options.rate ?? 20;
  const topicCount = (options.topics ?? 3) + 1;
  const epochMs = options.blockMs * EPOCH_BLOCKS;
  const crowd = options.workers ?? Math.ceil((ratePerSecond * epochMs) / 1_000 / topicCount);
  const playing = CAST.inferers + CAST.forecasters;
  reporter.note(
    `${topicCount} topics, the last one poisoned; ${playing} workers who play, ${crowd} who shout`,
  );
  const size = { topics: topicCount, workers: playing + crowd, reputers: CAST.reputers };
  const everyone = await setUpPopulation(client, random.fork('population'), size, play.signal);
  const { topics, workers } = everyone;
  const sender = new Sender(cluster, history, random.fork('doors'));
  const population = { ...everyone, workers: workers.slice(playing) };
  const load = new Load({
    ...{ chainId: CHAIN_ID, population, blocks, sender, random: random.fork('load') },
    ...{ ratePerSecond, shares: { inference: 1, forecast: 0, loss: 0 } },
  });
  const cast = {
    inferers: workers.slice(0, CAST.inferers),
    forecasters: workers.slice(CAST.inferers, playing),
    reputers: everyone.reputers,
  };
  const life = new EpochLife({ chainId: CHAIN_ID, seed: plan.seed, topics, cast, blocks, client, sender });
  const poisonedId = topics[topics.length - 1]!.topicId;
  const poison = new Poison(
    poisonedId,
    () => stack.kafka.directAddress,
    () => stack.postgres.directAddress,
    random.fork('poison'),
  );
  const work: Work[] = [(signal) => load.run(signal), (signal) => life.run(signal)];
  const watch = new MemoryWatch(cluster);
  watch.start();
  try {
    await beside(play, sender, [...work, poisoning(play, poison)], faultsOf(play));
    const unready = await recover(play, sender);
    const replays = [await mend(play, poison)];
    const calm = { topicId: poisonedId, fromMs: 0, toMs: 0, epochMs };
    await beside(play, sender, work, (signal) => calmTime(play, poison, calm, signal));
    replays.push(await mend(play, poison));
    await recover(play, sender);
    await closeWindows(play, topics);
    await until(() => allSettled(reader), SETTLE_LIMIT_MS);
    await reader.untilCaughtUp(SETTLE_LIMIT_MS);
    const memory = watch.stop();
    const state = await readEpochs({
      ...{ reader, client, databaseUrl: stack.postgres.directAddress, reads: life.reads },
    });
    const lists = await Promise.all(
      [...new Set([...cluster.slots.values()].map(({ service }) => service))].map((service) =>
        listed(cluster, service),
      ),
    );
    const violations = [
      ...unready,
      ...checkEpoch(state),
      ...checkDelays(state, calm),
      ...checkLetters(play, poison, String(poisonedId)),
      ...checkReplays(replays),
      ...checkLists(lists, poison),
      ...checkScored(state),
    ];
    const facts = {
      ...epochFacts(state, calm),
      deadLetters: readDeadLetters(reader).length,
      poisonedTopic: poisonedId,
      replays,
    };
    return outcomeOf(play, await judgeIngest(play, topics), { memory, violations, facts });
  } finally {
    watch.stop();
    sender.close();
  }
}

/** Beside the faults: a little all the time, and rewards broken for a third of it. */
const poisoning =
  ({ plan, reporter }: Play, poison: Poison): Work =>
  async (signal) => {
    const lengthMs = plan.minutes * 60_000;
    const began = Date.now();
    const due: [number, string, () => Promise<void>][] = [
      [0.3 * lengthMs, 'rewards cannot keep the scores of the poisoned topic', () => poison.breakHandler()],
      [0.6 * lengthMs, 'rewards can again', () => poison.mendHandler()],
    ];
    for (let atMs = 0.1 * lengthMs; atMs < lengthMs; atMs += 4_000)
      due.push([atMs, '', () => poison.spoil(2)]);
    due.sort(([a], [b]) => a - b);
    for (const [atMs, text, deed] of due) {
      await sleep(Math.max(0, began + atMs - Date.now()), undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      if (text) reporter.note(text);
      await deed().catch((error: unknown) => reporter.note(`poison: ${String(error)}`));
    }
  };

/** The cause is mended, then the dead letters are given again. */
async function mend({ network, reporter }: Play, poison: Poison): Promise<Replay> {
  await poison.mendHandler();
  const done = await replay(network.cluster, BROKEN_SERVICE, poison.brokenTopic);
  reporter.note(`dead letters of ${poison.brokenTopic} replayed: ${JSON.stringify(done.answer)}`);
  return done;
}

/** Nothing is wrong but the poison: an epoch without it, then two with. */
async function calmTime(
  { reporter, options }: Play,
  poison: Poison,
  calm: { fromMs: number; toMs: number },
  signal: AbortSignal,
): Promise<void> {
  const epochMs = options.blockMs * EPOCH_BLOCKS;
  const rest = (ms: number) => sleep(ms, undefined, { signal }).catch(() => undefined);
  reporter.note('a calm time: no faults, then poison alone');
  await rest(1.5 * epochMs);
  calm.fromMs = Date.now();
  await poison.breakHandler();
  await poison.spoil(BURST);
  await rest(2 * epochMs);
  calm.toMs = Date.now();
  await rest(0.5 * epochMs);
}

const checkLetters = ({ network }: Play, poison: Poison, key: string): Violation[] =>
  checkDeadLetters(readDeadLetters(network.reader), {
    key,
    undecodable: [...poison.undecodable.values()],
    broken: [poison.brokenTopic],
  });

/** Once the cause is mended, all that had failed by it goes through. */
const checkReplays = (replays: readonly Replay[]): Violation[] =>
  replays
    .filter(({ status, failed }) => status >= 300 || failed > 0)
    .map(({ service, topic, status, answer }) => ({
      rule: 'NOT_REPLAYED',
      about: `${service} ${topic}`,
      detail: `HTTP ${status}: ${JSON.stringify(answer)}`,
    }));

/** Whoever has dead letters lists them. */
const checkLists = (lists: readonly Listing[], poison: Poison): Violation[] =>
  [...poison.undecodable.values()].flatMap(({ topic, services }) =>
    services
      .filter((service) => {
        const list = lists.find((one) => one.service === service);
        return !list || list.status >= 300 || !list.topics.includes(topic);
      })
      .map((service) => ({
        rule: 'NOT_LISTED',
        about: `${service} ${topic}`,
        detail: 'its dead letters are not listed',
      })),
  );

/** A run in which nobody was paid has shown nothing. */
const checkScored = ({ rewards }: EpochState): Violation[] =>
  rewards.some(({ payments }) => payments.length > 0)
    ? []
    : [
        {
          rule: 'NOBODY_PAID',
          about: 'run',
          detail: 'no epoch was paid: the run is too short or the machine too slow',
        },
      ];

function epochFacts(state: EpochState, calm: PoisonedTime): Record<string, unknown> {
  const delays = [...delaysMs(state)];
  const others = delays.filter(([name]) => !name.startsWith(`${calm.topicId}/`));
  const calmDelays = state.closed
    .filter(({ atMs, topicId }) => topicId !== calm.topicId && atMs >= calm.fromMs && atMs <= calm.toMs)
    .map(({ topicId, nonce }) => new Map(delays).get(`${topicId}/${nonce}`) ?? -1);
  return {
    epochs: state.closed.length,
    paidEpochs: state.rewards.filter(({ payments }) => payments.length > 0).length,
    transfers: state.transfers.length,
    gatewayAnswers: state.reads.length,
    longestDelayMs: Math.max(0, ...others.map(([, ms]) => ms)),
    longestDelayBesidePoisonMs: Math.max(0, ...calmDelays),
    epochsBesidePoison: calmDelays.length,
  };
}
