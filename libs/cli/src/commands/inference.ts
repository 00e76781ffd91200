import { InferenceMode, inferenceModeToJSON } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import type { JudgedInference } from '@allora/sdk/decode-inferences';
import type { PurchaseKind, PurchaseState } from '@allora/sdk/purchase-types';
import type { InferenceTold } from '@allora/sdk/streams/stream-types';
import { type AddCommand, examples, group } from '../add-command';
import { amountText, parseAmount } from '../amounts';
import { parseCount, parseNonce, parseTopic } from '../arguments';
import { CliError, exitCodes, usageError } from '../exit-codes';
import { durationText, facts, numberText, type Style, table } from '../format';
import type { Session } from '../session';

export const inferenceCommand: AddCommand = (program, session) => {
  const inference = group(program, 'inference', 'what the network answers: read it, follow it, buy it');
  inference
    .command('get')
    .description('the latest network inference, with how much it is worth')
    .requiredOption('-t, --topic <id>', 'the topic', parseTopic)
    .option('--nonce <nonce>', 'of this epoch instead', parseNonce)
    .option('--workers', "with every worker's part in it")
    .addHelpText(
      'after',
      examples('allora inference get --topic 1', 'allora inference get --topic 1 --workers --json'),
    )
    .action((options: GetOptions) => get(session, options));
  inference
    .command('watch')
    .description('network inferences as they are told, until Ctrl-C')
    .requiredOption('-t, --topic <id>', 'the topic', parseTopic)
    .option('--since <nonce>', 'begin at this epoch', parseNonce)
    .option('--cursor <cursor>', 'go on behind this cursor of an earlier watch (--json tells them)')
    .option('--count <n>', 'end after so many', parseCount)
    .addHelpText(
      'after',
      examples('allora inference watch --topic 1', 'allora inference watch --topic 1 --count 3 --json'),
    )
    .action((options: WatchOptions) => watch(session, options));
  inference
    .command('buy')
    .description('buy a signed inference for what you want to pay; unused money comes back')
    .requiredOption('-t, --topic <id>', 'the topic', parseTopic)
    .requiredOption('--fee <amount>', 'for all of them together', parseAmount)
    .option('--latest', 'the latest now, instead of the next epoch')
    .option('--epochs <n>', 'of so many epochs from the next one on', parseCount)
    .option('--wait <seconds>', 'longest wait for them', parseCount, 600)
    .addHelpText(
      'after',
      examples(
        'allora inference buy --topic 1 --fee 0.1',
        'allora inference buy --topic 1 --fee 1 --epochs 10',
      ),
    )
    .action((options: BuyOptions) => buy(session, options));
};

interface GetOptions {
  readonly topic: number;
  readonly nonce?: number;
  readonly workers?: boolean;
}

interface WatchOptions {
  readonly topic: number;
  readonly since?: number;
  readonly cursor?: string;
  readonly count?: number;
}

interface BuyOptions {
  readonly topic: number;
  readonly fee: bigint;
  readonly latest?: boolean;
  readonly epochs?: number;
  readonly wait: number;
}

const named = <T extends { readonly mode: InferenceMode }>(one: T): Omit<T, 'mode'> & { mode: string } => ({
  ...one,
  mode: inferenceModeToJSON(one.mode),
});

const intervalText = (interval: readonly [number, number] | null): string | null =>
  interval && `${numberText(interval[0])} to ${numberText(interval[1])}`;

const TRUST_TONES = { fresh: 'green', stale: 'yellow', degraded: 'yellow' } as const;

function inferenceText(one: JudgedInference, style: Style): string {
  const { trust } = one;
  const reasons = trust.reasons.map(({ text }) => text).join('; ');
  const age = trust.ageSeconds === null ? '' : `, ${durationText(trust.ageSeconds * 1000)} old`;
  return facts(
    [
      ['inference', style('bold', numberText(one.combined))],
      ['naive', numberText(one.naive)],
      ['95 % interval', intervalText(one.interval95)],
      ['68 % interval', intervalText(one.interval68)],
      ['epoch', `${one.nonce} of topic ${one.topicId}${age}`],
      ['made of', `${one.inferers.length} inferers, ${one.forecasters.length} forecasters`],
      ['trust', style(TRUST_TONES[trust.status], trust.status) + (reasons === '' ? '' : `: ${reasons}`)],
    ],
    style,
  );
}

async function get(session: Session, { topic, nonce, workers }: GetOptions): Promise<void> {
  const client = session.client();
  const { style } = session;
  const one =
    nonce === undefined ? await client.judgedInference(topic) : await client.inferenceAt(topic, nonce);
  const parts = workers ? await client.workers(topic, one.nonce) : [];
  const rows = parts.map(({ worker, role, value, weight, score, paidUallo }) => [
    ...[worker, role, value ?? '-', numberText(weight), numberText(score)],
    paidUallo === null ? '-' : amountText(paidUallo),
  ]);
  const heads = ['worker', 'role', 'value', 'weight', 'score', 'paid'];
  const list = workers ? `\n${table(heads, rows, style)}` : '';
  session.show({ ...named(one), ...(workers ? { workers: parts } : {}) }, inferenceText(one, style) + list);
}

function toldText({ nonce, combined, interval95, trust, toldAtMs }: InferenceTold, style: Style): string {
  const time = style('dim', new Date(toldAtMs).toISOString());
  const interval = intervalText(interval95);
  return `${time}  ${nonce}  ${style('bold', numberText(combined))}${interval ? `  (95 %: ${interval})` : ''}  ${trust.status}`;
}

async function watch(
  session: Session,
  { topic, since, cursor, count = Infinity }: WatchOptions,
): Promise<void> {
  const client = session.client();
  await client.topic(topic);
  const progress = session.progress(`waiting for the next inference of topic ${topic}`);
  const options = { topics: [topic], kinds: ['inference'] as const, signal: session.around.untilStopped() };
  let told = 0;
  try {
    for await (const event of client.watch({
      ...options,
      ...(since === undefined ? {} : { since }),
      ...(cursor === undefined ? {} : { cursor }),
    })) {
      if (event.kind !== 'inference') continue;
      progress.end();
      session.line({ ...event.told, cursor: event.cursor }, toldText(event.told, session.style));
      if ((told += 1) >= count) return;
    }
  } finally {
    progress.end();
  }
}

function kindOf({ latest, epochs }: BuyOptions): PurchaseKind {
  if (latest && epochs !== undefined)
    throw usageError('--latest and --epochs exclude each other', 'Choose one.');
  if (latest) return { kind: 'latest' };
  return epochs === undefined ? { kind: 'next-epoch' } : { kind: 'subscription', epochs };
}

async function buy(session: Session, options: BuyOptions): Promise<void> {
  const purchase = kindOf(options);
  const { client, account } = await session.signer();
  const bought = await client.buyInference(account, {
    topicId: options.topic,
    feeUallo: options.fee,
    purchase,
  });
  const timeoutMs = options.wait * 1000;
  const done = await session.during(
    `request ${bought.id.slice(0, 12)}: waiting for the inference`,
    client.awaitPurchase(bought.id, { timeoutMs }),
  );
  if (done.inferences.length === 0) throw notDelivered(done);
  session.show(done, purchaseText(done, session.style));
}

const notDelivered = ({ state, reason }: PurchaseState): CliError =>
  new CliError(`the purchase is ${state}: ${reason?.detail ?? 'nothing was delivered'}`, {
    exitCode: exitCodes.refused,
    code: reason?.code ?? 'NOT_DELIVERED',
    remedy: 'What was not used has been paid back; buy again.',
  });

function purchaseText({ inferences, receipt, state, reason }: PurchaseState, style: Style): string {
  const rows = inferences.map(({ statement, chargedUallo }) => [
    ...[`${statement.nonce}`, style('bold', statement.value), amountText(chargedUallo)],
  ]);
  const money = `${amountText(receipt.chargedUallo)} paid, ${amountText(receipt.refundedUallo)} paid back`;
  const why = reason === null ? '' : ` (${reason.detail})`;
  return `${table(['epoch', 'value', 'charged'], rows, style)}${state}${why}: ${money}\n`;
}
