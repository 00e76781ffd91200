import { InferenceMode, inferenceModeToJSON } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import type { WorkerValue } from '@allora/sdk/inference-types';
import type { Epoch } from '@allora/sdk/types';
import { type AddCommand, examples, group } from '../add-command';
import { amountText } from '../amounts';
import { parseCount, parseNonce, parseTopic } from '../arguments';
import { facts, numberText, type Style, table } from '../format';
import type { Session } from '../session';

export const epochsCommand: AddCommand = (program, session) => {
  const epochs = group(program, 'epochs', 'what was asked, answered, scored and paid');
  epochs
    .command('list')
    .description('the latest epochs of a topic, newest first')
    .requiredOption('-t, --topic <id>', 'the topic', parseTopic)
    .option('--limit <n>', 'so many', parseCount, 20)
    .addHelpText(
      'after',
      examples('allora epochs list --topic 1', 'allora epochs list --topic 1 --limit 3 --json'),
    )
    .action((options: { topic: number; limit: number }) => list(session, options));
  epochs
    .command('show')
    .description('everything known of an epoch')
    .requiredOption('-t, --topic <id>', 'the topic', parseTopic)
    .requiredOption('--nonce <nonce>', 'the epoch', parseNonce)
    .addHelpText('after', examples('allora epochs show --topic 1 --nonce 3001'))
    .action((options: { topic: number; nonce: number }) => show(session, options));
};

async function list(session: Session, { topic, limit }: { topic: number; limit: number }): Promise<void> {
  const client = session.client();
  const [{ inferences }, { paidNonce }] = await Promise.all([
    client.inferences(topic, { limit: Math.min(limit, 1000) }),
    client.topicEconomy(topic),
  ]);
  const epochs = inferences.map((one) => ({ ...one, paid: one.nonce <= paidNonce }));
  const { style } = session;
  const rows = epochs.map(({ nonce, atMs, combined, effectiveWorkers, trust, paid }) => [
    ...[
      `${nonce}`,
      new Date(atMs).toISOString(),
      numberText(combined),
      numberText(effectiveWorkers),
      trust.status,
    ],
    paid ? style('green', 'paid') : 'open',
  ]);
  const heads = ['nonce', 'told at', 'inference', 'effective workers', 'trust', 'rewards'];
  session.show(epochs, rows.length === 0 ? 'No epochs yet.' : table(heads, rows, style));
}

async function show(session: Session, { topic, nonce }: { topic: number; nonce: number }): Promise<void> {
  const client = session.client();
  const epoch = await client.epoch(topic, nonce);
  const workers = epoch.inference && (await client.workers(topic, nonce));
  session.show({ ...epoch, workers }, epochText(epoch, workers ?? [], session.style));
}

const modeText = (mode: InferenceMode): string =>
  inferenceModeToJSON(mode).replace('INFERENCE_MODE_', '').toLowerCase().replaceAll('_', ' ');

function epochText(
  { topicId, nonce, ...epoch }: Epoch,
  workers: readonly WorkerValue[],
  style: Style,
): string {
  const { inference, losses, rewards } = epoch;
  const heads = ['worker', 'role', 'value', 'weight', 'log10 loss', 'score', 'paid'];
  const rows = workers.map(({ worker, role, value, weight, loss, score, paidUallo }) => [
    ...[worker, role, value ?? '-', numberText(weight), numberText(loss), numberText(score)],
    paidUallo === null ? '-' : amountText(paidUallo),
  ]);
  const paid = rewards?.payments.reduce((sum, { amountUallo }) => sum + BigInt(amountUallo), 0n);
  const about = facts(
    [
      ['epoch', `${nonce} of topic ${topicId}`],
      ['inference', inference && `${numberText(inference.combined)} (${modeText(inference.mode)})`],
      ['naive', inference && numberText(inference.naive)],
      [
        'log10 loss',
        losses?.losses
          ? `${numberText(losses.losses.combined)} (naive ${numberText(losses.losses.naive)})`
          : null,
      ],
      ['rewards', paid === undefined ? 'not paid yet' : amountText(paid)],
    ],
    style,
  );
  return rows.length === 0 ? about : `${about}\n${table(heads, rows, style)}`;
}
