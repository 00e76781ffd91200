import type { Receipt } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import { type IngestState, type Logged, nonceName, type SetPart, type TopicNonce } from './final-state';
import { type Attempt, isDefinite, receiptOf, type Submission, type WindowTimes } from './history';
import type { Violation } from './violation';

export interface IngestVerdict {
  readonly violations: readonly Violation[];
  /** Answered with a receipt. */
  readonly accepted: number;
  /** Accepted, but behind the seal. */
  readonly late: number;
  /** Accepted, but another one of its author stands before it. */
  readonly superseded: number;
  /** Never accepted, and refused at least once. */
  readonly refused: number;
  readonly inSets: number;
}

type TimesOf = (submission: Submission) => WindowTimes;

/** Clocks of one machine: only the order of an answer and the question that it was given to must be allowed for. */
const SLACK_MS = 5;

/** Everything that clients were told about one log, against what is there at the end. Pure. */
export function checkIngest(
  submissions: readonly Submission[],
  state: IngestState,
  timesOf: TimesOf,
  proves: (receipt: Receipt) => boolean,
): IngestVerdict {
  const sealed = sealedSets(state.logged);
  const bySender = groupBySender(submissions);
  const places = placesOf(submissions, state, sealed, bySender);
  const violations = [
    ...checkSets(state, sealed),
    ...checkMembers(submissions, state.sets),
    ...submissions.flatMap((submission) => [
      ...checkReceipts(submission, state.logged, proves),
      ...checkRefusals(submission, timesOf(submission), bySender),
    ]),
    ...places.violations,
    ...checkStatuses(submissions, state, places.of),
  ];
  const count = (place: Place): number => [...places.of.values()].filter((one) => one === place).length;
  return {
    violations,
    accepted: places.of.size,
    late: count('late'),
    superseded: count('superseded'),
    inSets: count('in_set'),
    refused: submissions.filter(
      (one) => !receiptOf(one) && one.attempts.some(({ answer }) => answer.kind === 'refused'),
    ).length,
  };
}

const senderName = ({ topicId, nonce, author }: TopicNonce & { author: string }): string =>
  `${topicId}/${nonce}/${author}`;

function groupBySender(submissions: readonly Submission[]): ReadonlyMap<string, readonly Submission[]> {
  const groups = new Map<string, Submission[]>();
  for (const one of submissions) {
    const name = senderName(one);
    groups.set(name, [...(groups.get(name) ?? []), one]);
  }
  return groups;
}

const inLogOrder = (a: Logged, b: Logged): number =>
  a.partition - b.partition || a.offset - b.offset || a.index - b.index;

/** By the rules of the log alone: what stands before the first seal of its nonce, the first of each author. */
function sealedSets(logged: readonly Logged[]): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const open = new Map<string, Map<string, string>>();
  const sealed = new Map<string, ReadonlyMap<string, string>>();
  for (const one of [...logged].sort(inLogOrder)) {
    const name = nonceName(one);
    const set = open.get(name) ?? new Map<string, string>();
    open.set(name, set);
    if (!one.submission) sealed.set(name, sealed.get(name) ?? new Map(set));
    else if (!set.has(one.submission.author)) set.set(one.submission.author, one.submission.hash);
  }
  return sealed;
}

function checkSets(
  { sets, closed }: IngestState,
  sealed: ReadonlyMap<string, ReadonlyMap<string, string>>,
): Violation[] {
  const violations: Violation[] = [];
  const published = new Map<string, SetPart[]>();
  for (const part of sets) {
    const name = nonceName(part);
    const parts = [...(published.get(name) ?? []), part];
    published.set(name, parts);
    if (parts.length > part.parts) {
      violations.push({ rule: 'SET_TWICE', about: name, detail: `${parts.length} parts of ${part.parts}` });
    }
  }
  for (const window of closed) {
    const name = nonceName(window);
    const parts = published.get(name) ?? [];
    if (parts.length === 0 || parts.length < parts[0]!.parts)
      violations.push({
        rule: 'NO_SET',
        about: name,
        detail: `its window closed, ${parts.length} parts came`,
      });
  }
  for (const [name, parts] of published) {
    const members = parts.flatMap((part) => part.members);
    const found = members.map(({ author, hash }) => `${author} ${hash}`).sort();
    const due = [...(sealed.get(name) ?? [])].map(([author, hash]) => `${author} ${hash}`).sort();
    if (found.join() !== due.join())
      violations.push({
        rule: 'SET_NOT_OF_LOG',
        about: name,
        detail: `the set has ${found.length} members, the log gives ${due.length}, or others`,
      });
    if (new Set(members.map(({ author }) => author)).size < members.length)
      violations.push({ rule: 'AUTHOR_TWICE', about: name, detail: 'an author stands twice in the set' });
  }
  return violations;
}

/** Nobody is in a set who was not sent, or who was refused for good. */
function checkMembers(submissions: readonly Submission[], sets: readonly SetPart[]): Violation[] {
  const known = new Map(submissions.map((one) => [one.hash, one] as const));
  return sets.flatMap((part) =>
    part.members.flatMap(({ hash }): Violation[] => {
      const submission = known.get(hash);
      const about = `${nonceName(part)} ${hash}`;
      if (!submission) return [{ rule: 'NEVER_SENT', about, detail: 'in a set, but nobody sent it' }];
      const { topicId, nonce, attempts } = submission;
      if (topicId !== part.topicId || nonce !== part.nonce)
        return [{ rule: 'WRONG_SET', about, detail: `it was sent for ${topicId}/${nonce}` }];
      if (!receiptOf(submission) && attempts.every(({ answer }) => isDefinite(answer)))
        return [{ rule: 'REFUSED_IN_SET', about, detail: codesOf(submission).join(', ') }];
      return [];
    }),
  );
}

const codesOf = ({ attempts }: Submission): string[] =>
  attempts.map(({ answer }) => (answer.kind === 'refused' ? answer.code : answer.kind));

const sameReceipt = (a: Receipt, b: Receipt): boolean =>
  a.hash === b.hash &&
  a.topicId === b.topicId &&
  a.nonce === b.nonce &&
  a.author === b.author &&
  a.logPartition === b.logPartition &&
  a.logOffset === b.logOffset &&
  a.logIndex === b.logIndex &&
  a.acceptedAtMs === b.acceptedAtMs;

const placeText = ({ logPartition, logOffset, logIndex, acceptedAtMs }: Receipt): string =>
  `${logPartition}:${logOffset}/${logIndex} at ${acceptedAtMs}`;

let indexed: { readonly logged: readonly Logged[]; readonly at: ReadonlyMap<string, Logged> } | undefined;

const placeName = (partition: number, offset: number, index: number): string =>
  `${partition}:${offset}/${index}`;

function standsAt(
  logged: readonly Logged[],
  { logPartition, logOffset, logIndex }: Receipt,
): Logged | undefined {
  if (indexed?.logged !== logged)
    indexed = {
      logged,
      at: new Map(logged.map((one) => [placeName(one.partition, one.offset, one.index), one] as const)),
    };
  return indexed.at.get(placeName(logPartition, logOffset, logIndex));
}

/** The same bytes always had the same receipt, and it names the place where they stand. */
function checkReceipts(
  submission: Submission,
  logged: readonly Logged[],
  proves: (receipt: Receipt) => boolean,
): Violation[] {
  const about = submission.hash;
  const first = receiptOf(submission);
  if (!first) return [];
  const violations: Violation[] = [];
  for (const { answer, via, replica } of submission.attempts) {
    if (answer.kind !== 'receipt') continue;
    if (!proves(answer.receipt))
      violations.push({
        rule: 'NO_PROOF',
        about,
        detail: `its receipt by ${via} of ${replica} is not signed`,
      });
    if (sameReceipt(answer.receipt, first)) continue;
    const detail = `${placeText(first)} at first, then ${placeText(answer.receipt)} by ${via} of ${replica}`;
    violations.push({ rule: 'RECEIPT_CHANGED', about, detail });
  }
  if (first.hash !== about || first.author !== submission.author)
    violations.push({
      rule: 'RECEIPT_OF_ANOTHER',
      about,
      detail: `it names ${first.hash} of ${first.author}`,
    });
  if (standsAt(logged, first)?.submission?.hash !== about)
    violations.push({ rule: 'NOT_ON_LOG', about, detail: `not at ${placeText(first)}` });
  return violations;
}

type Place = 'in_set' | 'late' | 'superseded' | 'open';

/** Where each accepted submission has ended; one that is nowhere is lost. */
function placesOf(
  submissions: readonly Submission[],
  { logged, sets, closed }: IngestState,
  sealed: ReadonlyMap<string, ReadonlyMap<string, string>>,
  bySender: ReadonlyMap<string, readonly Submission[]>,
): { readonly of: ReadonlyMap<string, Place>; readonly violations: readonly Violation[] } {
  const of = new Map<string, Place>();
  const violations: Violation[] = [];
  const inSets = new Map<string, number>();
  for (const { hash } of sets.flatMap(({ members }) => members))
    inSets.set(hash, (inSets.get(hash) ?? 0) + 1);
  const closedNames = new Set(closed.map(nonceName));
  const firstOnLog = new Map<string, string>();
  for (const { submission, ...place } of [...logged].sort(inLogOrder)) {
    const name = submission && senderName({ ...place, author: submission.author });
    if (name && !firstOnLog.has(name)) firstOnLog.set(name, submission.hash);
  }
  const onLog = new Set(logged.flatMap(({ submission }) => (submission ? [submission.hash] : [])));
  for (const one of submissions) {
    const receipt = receiptOf(one);
    if (!receipt) continue;
    const times = inSets.get(one.hash) ?? 0;
    if (times > 1) violations.push({ rule: 'IN_SETS_TWICE', about: one.hash, detail: `in ${times} sets` });
    const standing = sealed.get(nonceName(one))?.get(one.author);
    const others = bySender.get(senderName(one))!.filter((other) => other !== one);
    const first = firstOnLog.get(senderName(one)) ?? one.hash;
    if (times > 0) of.set(one.hash, 'in_set');
    // Sealed or not, and also among the late: the first of an author on the log is the only one that can count.
    else if (first !== one.hash && first !== standing && others.some(({ hash }) => hash === first))
      of.set(one.hash, 'superseded');
    else if (!closedNames.has(nonceName(one))) of.set(one.hash, 'open');
    else if (standing !== undefined && others.some(({ hash }) => hash === standing))
      of.set(one.hash, 'superseded');
    else if (standing === undefined && onLog.has(one.hash)) of.set(one.hash, 'late');
    else {
      of.set(one.hash, 'open');
      const detail = `${nonceName(one)} has a receipt ${placeText(receipt)} and is in no set and not late`;
      violations.push({ rule: 'LOST', about: one.hash, detail });
    }
  }
  return { of, violations };
}

/** Codes that fit what was sent. Those that say "not now" always do. */
const fitting: Readonly<Record<Submission['intent'], readonly string[]>> = {
  honest: [],
  conflict: [],
  late: [],
  bad_signature: ['BAD_SIGNATURE'],
  unregistered: ['NOT_REGISTERED'],
  malformed: ['MALFORMED'],
};
const notNow: readonly string[] = ['UNAVAILABLE', 'RATE_LIMITED', 'SLOW_READER'];

function checkRefusals(
  submission: Submission,
  times: WindowTimes,
  bySender: ReadonlyMap<string, readonly Submission[]>,
): Violation[] {
  const rivals = bySender.get(senderName(submission))!.length > 1;
  const wrong = (attempt: Attempt, detail: string): Violation => ({
    rule: 'REFUSAL_UNFIT',
    about: submission.hash,
    detail: `${submission.intent} ${submission.log} by ${attempt.via} of ${attempt.replica}: ${detail}`,
  });
  return submission.attempts
    .flatMap((attempt): Violation[] => {
      const { answer, sentAtMs, answeredAtMs } = attempt;
      if (answer.kind !== 'refused' || notNow.includes(answer.code)) return [];
      if (fitting[submission.intent].includes(answer.code)) return [];
      if (answer.code === 'CONFLICTING_REPEAT' && rivals) return [];
      if (answer.code === 'WINDOW_CLOSED') {
        // Fair when the window was not surely open from the question to the answer.
        if (answeredAtMs + SLACK_MS >= times.closingMs || sentAtMs - SLACK_MS <= times.openedMs) return [];
      }
      return [wrong(attempt, `${answer.code} ${answer.detail}`)];
    })
    .concat(
      fitting[submission.intent].length > 0 && receiptOf(submission)
        ? [{ rule: 'ACCEPTED_WRONGLY', about: submission.hash, detail: submission.intent }]
        : [],
    );
}

/** All replicas say the same of a submission, and it is what the log says. */
function checkStatuses(
  submissions: readonly Submission[],
  { statuses }: IngestState,
  places: ReadonlyMap<string, Place>,
): Violation[] {
  const receipts = new Map(submissions.map((one) => [one.hash, receiptOf(one)] as const));
  return statuses.flatMap((status): Violation[] => {
    const { hash, replica, state } = status;
    const place = places.get(hash);
    const receipt = receipts.get(hash);
    const due = place === 'open' ? 'accepted' : place;
    const said = state || 'unknown';
    if (due !== undefined && said !== due)
      return [{ rule: 'STATUS_WRONG', about: hash, detail: `${replica} says ${said}, it is ${due}` }];
    const named = placeName(status.partition, status.offset, status.index);
    if (receipt && named !== placeName(receipt.logPartition, receipt.logOffset, receipt.logIndex)) {
      const detail = `${replica} says ${named}, the receipt ${placeText(receipt)}`;
      return [{ rule: 'STATUS_PLACE', about: hash, detail }];
    }
    return [];
  });
}
