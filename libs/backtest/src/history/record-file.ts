import { topicRulesShape } from '@allora/contracts/topic-rules-form';
import { z } from 'zod';
import { HistoryError, type RecordedEpoch, type TopicHistory } from './recorded';

const FORMAT = 'allora-history/1';

const uallo = z
  .string()
  .regex(/^\d{1,39}$/)
  .transform(BigInt);
const maybeNumber = z.number().nullable();
const row = z.array(maybeNumber);
const ids = z.array(z.string());

const losses = z.object({
  inferers: ids,
  forecasters: ids,
  bundle: z.object({
    combined: z.number(),
    naive: z.number(),
    inferer: row,
    forecaster: row,
    oneOutInferer: row,
    oneOutForecaster: row,
    oneInForecaster: row,
    oneOutInfererForecaster: z.array(row),
  }),
});

const workerScores = z.array(
  z.object({ participant: z.string(), score: maybeNumber, emaScore: maybeNumber }),
);
const reputerScore = z.object({
  reputer: z.string(),
  score: z.number(),
  stakeUallo: uallo,
  delegatedUallo: uallo,
  listeningCoefficient: z.number(),
});
const payment = z.object({
  participant: z.string(),
  role: z.enum(['inferer', 'forecaster', 'reputer']),
  amountUallo: uallo,
});
const truth = z.object({
  truth: z.number(),
  errorFloor: z.number(),
  source: z.enum(['recovered', 'given']),
});

const head = z.object({ format: z.literal(FORMAT), topicId: z.number(), lossMethod: z.string() });
const epochLine: z.ZodType<RecordedEpoch> = z.object({
  nonce: z.number(),
  settledNonce: maybeNumber,
  atMs: z.number(),
  params: z.object(topicRulesShape),
  inferers: z.array(z.object({ inferer: z.string(), value: z.string() })),
  passiveInferers: ids,
  forecasts: z.array(
    z.object({
      forecaster: z.string(),
      elements: z.array(z.object({ inferer: z.string(), loss: z.number() })),
    }),
  ),
  told: z.object({ combined: z.number(), naive: z.number(), initialRegret: z.number() }).nullable(),
  truths: z.array(z.tuple([z.string(), truth])).transform((pairs) => new Map(pairs)),
  losses: losses.nullable(),
  infererScores: workerScores,
  forecasterScores: workerScores,
  reputers: z.array(reputerScore),
  emissionUallo: uallo,
  payments: z.array(payment),
});

const plain = (_key: string, value: unknown): unknown => {
  if (typeof value === 'bigint') return String(value);
  return value instanceof Map ? [...value] : value;
};

/** A history as lines of JSON: a head, then an epoch each. Numbers survive to the bit. */
export function historyText({ epochs, ...about }: TopicHistory): string {
  const lines = [{ format: FORMAT, ...about }, ...epochs];
  return lines.map((line) => `${JSON.stringify(line, plain)}\n`).join('');
}

/** @throws HistoryError naming the first line that is none. */
export function parseHistory(text: string): TopicHistory {
  const [first = '', ...rest] = text.split('\n').filter((line) => line !== '');
  const { topicId, lossMethod } = readLine(head, first, 1);
  const epochs = rest.map((line, i) => readLine(epochLine, line, i + 2));
  if (epochs.length === 0) throw unreadable('it holds no epochs');
  return { topicId, lossMethod, epochs };
}

function readLine<T>(shape: z.ZodType<T>, line: string, number: number): T {
  let read: unknown;
  try {
    read = JSON.parse(line);
  } catch {
    throw unreadable(`line ${number} is not JSON`);
  }
  const parsed = shape.safeParse(read);
  if (parsed.success) return parsed.data;
  const { path = [], message = '' } = parsed.error.issues[0] ?? {};
  throw unreadable(`line ${number}, ${path.join('.') || 'as a whole'}: ${message}`);
}

const unreadable = (what: string): HistoryError =>
  new HistoryError(`the recorded history cannot be read: ${what}`, 'Record it anew: --record FILE.');
