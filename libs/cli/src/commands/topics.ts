import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { TopicEconomy } from '@allora/sdk/economy-types';
import type { Topic, TopicParams, Windows } from '@allora/sdk/types';
import { parse as parseYaml } from 'yaml';
import { type AddCommand, examples, group } from '../add-command';
import { amountText, parseAmount } from '../amounts';
import { parseCount, parseTopic } from '../arguments';
import { usageError } from '../exit-codes';
import { facts, type Style, table } from '../format';
import type { Session } from '../session';

export const topicsCommand: AddCommand = (program, session) => {
  const topics = group(program, 'topics', 'what the network is asked about');
  topics
    .command('list')
    .description('the topics there are')
    .option('--active', 'only those that open epochs')
    .option('--search <text>', 'only those whose metadata has this text')
    .addHelpText('after', examples('allora topics list', 'allora topics list --active --search btc --json'))
    .action((options: ListOptions) => list(session, options));
  topics
    .command('show')
    .description('a topic: its rules, its economy, its open windows')
    .requiredOption('-t, --topic <id>', 'the topic', parseTopic)
    .addHelpText('after', examples('allora topics show --topic 1'))
    .action(({ topic }: { topic: number }) => show(session, topic));
  topics
    .command('create')
    .description('open a topic; its creator pays the fee')
    .requiredOption('--metadata <text>', 'what is asked, in words')
    .option('--loss <method>', 'how answers are scored: mse, mae, huber, …', 'mse')
    .option('--epoch-length <blocks>', 'from one epoch to the next', parseCount)
    .option('--worker-window <blocks>', 'how long answers are taken', parseCount)
    .option('--lag <blocks>', 'after which the truth is known', parseCount)
    .option('--reputer-window <blocks>', 'how long losses are taken', parseCount)
    .option('--allow-negative', 'answers may be below zero')
    .option('--min-fee <amount>', 'least fee of a bought inference', parseAmount)
    .option('--params <file>', 'further parameters, YAML or JSON')
    .addHelpText(
      'after',
      examples(
        "allora topics create --metadata 'BTC/USD in 8 hours' --loss mse --epoch-length 5760 --lag 5760 --allow-negative",
      ),
    )
    .action((options: CreateOptions) => create(session, options));
};

interface ListOptions {
  readonly active?: boolean;
  readonly search?: string;
}

interface CreateOptions {
  readonly metadata: string;
  readonly loss: string;
  readonly epochLength?: number;
  readonly workerWindow?: number;
  readonly lag?: number;
  readonly reputerWindow?: number;
  readonly allowNegative?: boolean;
  readonly minFee?: bigint;
  readonly params?: string;
}

async function list(session: Session, filter: ListOptions): Promise<void> {
  const client = session.client();
  const topics: Topic[] = [];
  for (let after: number | null | undefined; after !== null;) {
    const page = await client.findTopics({ ...filter, ...(after === undefined ? {} : { after }) });
    topics.push(...page.topics);
    after = page.next;
  }
  const { style } = session;
  const rows = topics.map(({ id, active, lossMethod, params, metadata }) => [
    ...[
      `${id}`,
      active ? style('green', 'active') : 'waiting',
      lossMethod,
      `${params?.epochLengthBlocks ?? '-'}`,
    ],
    metadata,
  ]);
  const heads = ['id', 'state', 'loss', 'epoch (blocks)', 'what is asked'];
  session.show(topics, topics.length === 0 ? 'No topics.' : table(heads, rows, style));
}

async function show(session: Session, topicId: number): Promise<void> {
  const client = session.client();
  const [topic, economy, windows] = await Promise.all([
    client.topic(topicId),
    client.topicEconomy(topicId),
    client.windows(topicId),
  ]);
  session.show({ ...topic, economy, windows }, topicText(topic, economy, windows, session.style));
}

function topicText(topic: Topic, economy: TopicEconomy, { height, windows }: Windows, style: Style): string {
  const { params } = topic;
  const open = windows.map(
    ({ role, stage, nonce, closesHeight }) => `${role} ${stage} of ${nonce} until ${closesHeight}`,
  );
  return facts(
    [
      ['topic', `${topic.id}: ${topic.metadata}`],
      ['state', topic.active ? style('green', 'active') : style('yellow', 'waiting for fees or stake')],
      ['loss', topic.lossMethod],
      [
        'epoch',
        params
          ? `${params.epochLengthBlocks} blocks; answers are taken in the first ${params.workerWindowBlocks}`
          : null,
      ],
      [
        'truth',
        params
          ? `after ${params.groundTruthLagBlocks} blocks; losses are taken for ${params.reputerWindowBlocks}`
          : null,
      ],
      ['negative answers', params?.allowNegative ? 'allowed' : 'refused'],
      ['creator', topic.creator],
      ['stake', amountText(economy.stakeUallo)],
      ['fees that count', amountText(economy.feeRevenueUallo)],
      ['height', String(height)],
      ['open windows', open.join('; ') || 'none'],
    ],
    style,
  );
}

/** Windows that fit the epoch's length where only that is told. */
function paramsOf(options: CreateOptions, told: Partial<TopicParams>): TopicParams {
  const epochLengthBlocks = options.epochLength ?? told.epochLengthBlocks ?? 10;
  const groundTruthLagBlocks = options.lag ?? told.groundTruthLagBlocks ?? epochLengthBlocks;
  const part = Math.max(1, Math.floor(Math.min(epochLengthBlocks, groundTruthLagBlocks) / 3));
  return {
    ...{ pNorm: 3, alphaRegret: 0.1, epsilon: 0.01, meritSortitionAlpha: 0.1 },
    ...{ activeInfererQuantile: 0.2, activeForecasterQuantile: 0.2, activeReputerQuantile: 0.2 },
    ...{ maxActiveInferers: 48, maxActiveForecasters: 6, maxActiveReputers: 6, revealWindowBlocks: 0 },
    allowNegative: options.allowNegative ?? false,
    ...told,
    epochLengthBlocks,
    groundTruthLagBlocks,
    workerWindowBlocks: options.workerWindow ?? told.workerWindowBlocks ?? part,
    reputerWindowBlocks: options.reputerWindow ?? told.reputerWindowBlocks ?? part,
    ...(options.minFee === undefined ? {} : { minInferenceFeeUallo: String(options.minFee) }),
  };
}

async function create(session: Session, options: CreateOptions): Promise<void> {
  const told =
    options.params === undefined ? {} : await readParams(path.resolve(session.around.cwd, options.params));
  const { client, account } = await session.signer();
  const { metadata, loss: lossMethod } = options;
  const topic = await client.createTopic(account, { metadata, lossMethod, params: paramsOf(options, told) });
  session.show(topic, `Topic ${topic.id} is open; it was made at height ${topic.createdHeight}.`);
}

/** The network checks the names and the bounds. */
async function readParams(file: string): Promise<Partial<TopicParams>> {
  const content: unknown = parseYaml(await readFile(file, 'utf8'));
  if (typeof content === 'object' && content !== null && !Array.isArray(content)) return content;
  throw usageError(`${file} holds no parameters`, 'Write name: value lines, such as pNorm: 3.');
}
