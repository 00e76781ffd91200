import { checkDeadLetters, readDeadLetters } from './dead-letters';
import { Load } from './load';
import { MemoryWatch } from './memory';
import {
  beside,
  closeWindows,
  faultsOf,
  judgeIngest,
  outcomeOf,
  recover,
  type Outcome,
  type Play,
} from './play';
import { setUpPopulation } from './population';
import { SeededRandom } from './random';
import { CHAIN_ID } from './run';
import { Sender } from './sender';

const SHARES = { inference: 0.8, forecast: 0.12, loss: 0.08 } as const;

/** Submissions alone: everything accepted is in one sealed set, or marked late. */
export async function runIngest(play: Play): Promise<Outcome> {
  const { network, plan, options, reporter } = play;
  const { client, cluster, history, blocks, reader } = network;
  const random = new SeededRandom(`load/${plan.seed}`);
  const ratePerSecond = options.rate ?? 60;
  const topics = options.topics ?? 3;
  const epochSeconds = (options.blockMs * 10) / 1_000;
  const workers = options.workers ?? Math.ceil((ratePerSecond * epochSeconds) / topics);
  reporter.note(`${topics} topics, ${workers} workers, ${ratePerSecond} submissions a second`);
  const size = { topics, workers, reputers: Math.ceil(workers / 6) };
  const population = await setUpPopulation(client, random.fork('population'), size, play.signal);
  const sender = new Sender(cluster, history, random.fork('doors'));
  const load = new Load({
    ...{ chainId: CHAIN_ID, population, blocks, sender, random: random.fork('load') },
    ...{ ratePerSecond, shares: SHARES },
  });
  const watch = new MemoryWatch(cluster);
  watch.start();
  try {
    await beside(play, sender, [(signal) => load.run(signal)], faultsOf(play));
    const unready = await recover(play, sender);
    await closeWindows(play, population.topics);
    const memory = watch.stop();
    const verdicts = await judgeIngest(play, population.topics);
    const letters = readDeadLetters(reader);
    const violations = [...unready, ...checkDeadLetters(letters, { undecodable: [], broken: [] })];
    const facts = { deadLetters: letters.length, notSent: load.skipped };
    return outcomeOf(play, verdicts, { memory, violations, facts });
  } finally {
    watch.stop();
    sender.close();
  }
}
