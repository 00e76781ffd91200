import { hexOf } from '@allora/identity/hex';
import { busTopics } from '@allora/contracts/catalog';
import { SubmissionState } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import { EpochPhase } from '@allora/contracts/gen/allora/topics/v1/topics';
import { openGrpcChannel } from '@allora/service-kit/grpc-client';
import { ingestDefinitions } from './doors';
import type { IngestState, Logged, SetPart, Status, TopicNonce } from './final-state';
import type { LogKind, Submission } from './history';
import { receiptOf } from './history';
import { type Fact, hashOf, type LogReader } from './log-reader';
import type { Cluster } from './cluster';
import { serviceOfLog } from './sender';

const logTopics = {
  inference: busTopics.inferenceSubmissions,
  forecast: busTopics.forecastSubmissions,
  loss: busTopics.lossSubmissions,
} as const;
const HASH_BYTES = 32;
const STATUSES_OF_SETS = 200;
const SIDE_BY_SIDE = 16;

export function closedWindows(reader: LogReader, log: LogKind): TopicNonce[] {
  const phase = log === 'loss' ? EpochPhase.REPUTER_WINDOW_CLOSED : EpochPhase.WORKER_WINDOW_CLOSED;
  return reader
    .facts(busTopics.epochs)
    .filter(({ isCopy, message }) => !isCopy && message.phase === phase)
    .map(({ message: { topicId, nonce } }) => ({ topicId, nonce }));
}

export function logged(reader: LogReader, log: LogKind): Logged[] {
  return reader.facts(logTopics[log]).flatMap(({ message: { record }, partition, offset }): Logged[] => {
    if (!record) return [];
    const { topicId } = record.value;
    const place = { partition, offset, index: 0, topicId };
    if (record.$case === 'seal') return [{ ...place, nonce: record.value.nonce }];
    if (record.$case === 'submission') {
      const { nonce, author, hash } = record.value;
      return [{ ...place, nonce, submission: { author, hash: hexOf(hash) } }];
    }
    // Other kinds of records do not decide who is in.
    if (record.$case !== 'group') return [];
    const { nonces, authors, hashes } = record.value;
    return nonces.map((nonce, index) => ({
      ...{ ...place, index, nonce },
      submission: {
        author: authors[index] ?? '',
        hash: hexOf(hashes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES)),
      },
    }));
  });
}

export function setParts(reader: LogReader, log: LogKind, chainId: string): SetPart[] {
  if (log === 'inference')
    return reader.facts(busTopics.inferenceSets).flatMap((fact) =>
      partOf(
        fact,
        fact.message.inferences.map((value) => ({
          author: value.inferer,
          hash: hashOf(chainId, { $case: 'inference', value }),
        })),
      ),
    );
  if (log === 'forecast')
    return reader.facts(busTopics.forecastSets).flatMap((fact) =>
      partOf(
        fact,
        fact.message.forecasts.map((value) => ({
          author: value.forecaster,
          hash: hashOf(chainId, { $case: 'forecast', value }),
        })),
      ),
    );
  return reader.facts(busTopics.lossSets).flatMap((fact) =>
    partOf(
      fact,
      fact.message.losses.map((value) => ({
        author: value.reputer,
        hash: hashOf(chainId, { $case: 'loss', value }),
      })),
    ),
  );
}

function partOf(
  { message, isCopy }: Fact<TopicNonce & { part: number; parts: number }>,
  members: SetPart['members'],
): SetPart[] {
  const { topicId, nonce, part, parts } = message;
  return isCopy ? [] : [{ topicId, nonce, part, parts, members }];
}

/** Whether every window that was told closed has its whole set. */
export function setsComplete(reader: LogReader, log: LogKind): boolean {
  const topic = {
    inference: busTopics.inferenceSets,
    forecast: busTopics.forecastSets,
    loss: busTopics.lossSets,
  };
  const found = new Set(
    reader.facts<TopicNonce>(topic[log] as never).map(({ message }) => `${message.topicId}/${message.nonce}`),
  );
  return closedWindows(reader, log).every(({ topicId, nonce }) => found.has(`${topicId}/${nonce}`));
}

export interface ReadOptions {
  readonly reader: LogReader;
  readonly cluster: Cluster;
  readonly chainId: string;
  readonly submissions: readonly Submission[];
}

export async function readIngest(log: LogKind, options: ReadOptions): Promise<IngestState> {
  const { reader, chainId, submissions, cluster } = options;
  const sets = setParts(reader, log, chainId);
  const inSets = new Set(sets.flatMap(({ members }) => members.map(({ hash }) => hash)));
  const accepted = submissions.filter((one) => one.log === log && receiptOf(one)).map(({ hash }) => hash);
  const asked = [
    ...accepted.filter((hash) => !inSets.has(hash)),
    ...accepted.filter((hash) => inSets.has(hash)).slice(-STATUSES_OF_SETS),
  ];
  const questions = cluster
    .replicas(serviceOfLog[log])
    .flatMap(({ name, grpcAddress }) => asked.map((hash) => ({ replica: name, hash, grpcAddress })));
  const statuses = await askAll(log, questions);
  return { log, logged: logged(reader, log), sets, closed: closedWindows(reader, log), statuses };
}

interface Question {
  readonly replica: string;
  readonly hash: string;
  readonly grpcAddress: string;
}

async function askAll(log: LogKind, questions: readonly Question[]): Promise<Status[]> {
  const left = [...questions];
  const addresses = [...new Set(questions.map(({ grpcAddress }) => grpcAddress))];
  const channels = new Map(
    addresses.map((address) => [address, openGrpcChannel(ingestDefinitions[log], () => address)] as const),
  );
  const statuses: Status[] = [];
  const work = async (): Promise<void> => {
    for (let next = left.shift(); next; next = left.shift()) {
      const { hash, replica, grpcAddress } = next;
      const { receipt, state } = await channels.get(grpcAddress)!.client.getSubmission({ hash });
      const { logPartition: partition = -1, logOffset: offset = -1, logIndex: index = -1 } = receipt ?? {};
      statuses.push({ hash, replica, state: stateNames[state] ?? '', partition, offset, index });
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
  for (const channel of channels.values()) channel.close();
  return statuses;
}

const stateNames: Readonly<Record<number, string>> = {
  [SubmissionState.ACCEPTED]: 'accepted',
  [SubmissionState.IN_SET]: 'in_set',
  [SubmissionState.LATE]: 'late',
  [SubmissionState.SUPERSEDED]: 'superseded',
};
