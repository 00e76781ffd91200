import { readDeadLetter } from '@allora/bus/dead-letters';
import { allBusTopics } from '@allora/contracts/catalog';
import { DeadLetterReason } from '@allora/contracts/gen/allora/bus/v1/dead_letter';
import { z } from 'zod';
import type { Cluster } from './cluster';
import type { LogReader } from './log-reader';
import type { Poisoned } from './poison';
import type { Violation } from './violation';

export interface Letter {
  readonly service: string;
  readonly topic: string;
  readonly key: string;
  readonly isUndecodable: boolean;
  /** Place of the record that was given up. */
  readonly place: string;
  readonly error: string;
}

const deadLetterTopics: readonly string[] = allBusTopics.map(({ name }) => `${name}.dlq`);

/** Each is made by a service that reads the topic: where none runs there is no such log. */
export const deadLetterTopicsOf = (services: readonly string[]): string[] =>
  allBusTopics
    .filter(({ consumers }) => consumers.some((name) => services.includes(name)))
    .map(({ name }) => `${name}.dlq`);

export function readDeadLetters(reader: LogReader): Letter[] {
  return deadLetterTopics.flatMap((name) =>
    reader.raw(name).flatMap((record): Letter[] => {
      const { letter } = readDeadLetter(record);
      const { service, topic, key, partition, offset, reason, error } = letter;
      const isUndecodable = reason === DeadLetterReason.UNDECODABLE;
      return [
        { service, topic, key, isUndecodable, place: `${partition}:${offset}`, error: error.slice(0, 300) },
      ];
    }),
  );
}

export interface Expected {
  /** Key of the poisoned topic; absent when nothing was poisoned. */
  readonly key?: string;
  readonly undecodable: readonly Poisoned[];
  /** Topics on which sound records were made to fail. */
  readonly broken: readonly string[];
}

/** No record was given up but those that were poisoned, and these by everyone who reads them. Pure. */
export function checkDeadLetters(letters: readonly Letter[], expected: Expected): Violation[] {
  const violations: Violation[] = letters
    .filter(
      ({ key, topic, isUndecodable }) =>
        key !== expected.key || (!isUndecodable && !expected.broken.includes(topic)),
    )
    .map(({ service, topic, place, error }) => ({
      rule: 'GIVEN_UP',
      about: `${service} ${topic} ${place}`,
      detail: error.split('\n')[0] ?? '',
    }));
  for (const { topic, services, records } of expected.undecodable) {
    for (const service of services) {
      const places = new Set(
        letters
          .filter((one) => one.isUndecodable && one.service === service && one.topic === topic)
          .map(({ place }) => place),
      );
      if (places.size < records)
        violations.push({
          rule: 'NO_DEAD_LETTER',
          about: `${service} ${topic}`,
          detail: `${places.size} dead letters of ${records} poisoned records`,
        });
    }
  }
  return violations;
}

export interface Replay {
  readonly service: string;
  readonly topic: string;
  readonly status: number;
  readonly replayed: number;
  /** Given up once more. */
  readonly failed: number;
  readonly answer: unknown;
}

export interface Listing {
  readonly service: string;
  readonly status: number;
  /** Topics of the letters that wait. */
  readonly topics: readonly string[];
}

const LIMIT_MS = 60_000;

const outcomesShape = z.object({
  outcomes: z.array(z.object({ replayed: z.number(), failed: z.number() })),
});
const listShape = z.object({ deadLetters: z.array(z.object({ topic: z.string() })) });

/** As an operator does it, by the service's own door. */
export async function replay(cluster: Cluster, service: string, topic: string): Promise<Replay> {
  const { status, answer } = await ask(cluster, service, 'POST', `/${topic}/replay`);
  const outcomes = outcomesShape.safeParse(answer).data?.outcomes ?? [];
  const sum = (of: 'replayed' | 'failed') => outcomes.reduce((total, outcome) => total + outcome[of], 0);
  return { service, topic, status, replayed: sum('replayed'), failed: sum('failed'), answer };
}

export async function listed(cluster: Cluster, service: string): Promise<Listing> {
  const { status, answer } = await ask(cluster, service, 'GET', '?limit=999');
  const letters = listShape.safeParse(answer).data?.deadLetters ?? [];
  return { service, status, topics: [...new Set(letters.map(({ topic }) => topic))] };
}

async function ask(cluster: Cluster, service: string, method: 'GET' | 'POST', path: string) {
  const { httpUrl } = cluster.replicas(service)[0]!;
  const response = await fetch(`${httpUrl}/operations/dead-letters${path}`, {
    method,
    signal: AbortSignal.timeout(LIMIT_MS),
  });
  return { status: response.status, answer: (await response.json().catch(() => null)) as unknown };
}
