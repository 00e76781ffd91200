import { createHash } from 'node:crypto';
import { SeededRandom } from './random';

export type Scenario = 'ingest' | 'epoch' | 'ledger' | 'purchases';

/** Processes of the network by name; inference-ingest runs twice. */
export const serviceTargets = [
  'topic-coordinator',
  'rewards',
  'inference-ingest-1',
  'inference-ingest-2',
  'forecast-ingest',
  'synthesis',
  'reputation',
  'gateway',
] as const;
/** What the ledger needs; rewards runs twice. */
export const ledgerTargets = ['topic-coordinator', 'rewards-1', 'rewards-2'] as const;
/** What purchases need; the gateway runs twice. */
export const purchaseTargets = ['topic-coordinator', 'rewards', 'gateway-1', 'gateway-2'] as const;
export const serverTargets = ['kafka', 'postgres', 'redis'] as const;

export type ServiceTarget =
  (typeof serviceTargets)[number] | (typeof ledgerTargets)[number] | (typeof purchaseTargets)[number];
export type ServerTarget = (typeof serverTargets)[number];
export type Target = ServiceTarget | ServerTarget;

export const faultKinds = [
  /** SIGKILL, and started again after the duration. */
  'kill',
  /** SIGTERM, waited for, and started again after the duration. */
  'restart',
  /** SIGSTOP for the duration. */
  'pause',
  /** All connections to it are broken. */
  'cut',
  /** What goes to it and comes from it stands still for the duration. */
  'stall',
  /** What goes to it and comes from it is late for the duration. */
  'delay',
  /** Requests reach it, their answers are lost, for the duration. */
  'lose_answers',
  /** The service's group goes back on its logs while it is stopped: records are delivered again. */
  'redeliver',
  /** Records that stand on the logs are put there again. */
  'duplicate',
] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface Fault {
  readonly atMs: number;
  readonly kind: FaultKind;
  readonly target: Target;
  readonly durationMs: number;
  /** Of `delay`: how late; of `redeliver` and `duplicate`: how many records. */
  readonly amount: number;
}

export interface Plan {
  readonly scenario: Scenario;
  readonly seed: string;
  readonly minutes: number;
  readonly faults: readonly Fault[];
  /** Of the faults: two runs with the same hash had the same plan. */
  readonly sha256: string;
}

interface Rule {
  readonly weight: number;
  readonly targets: readonly Target[];
  readonly durationMs: readonly [number, number];
  readonly amount?: readonly [number, number];
}

/** Which answers are lost matters where an answer promises something. */
const promising: ReadonlySet<Target> = new Set([
  'inference-ingest-1',
  'inference-ingest-2',
  'forecast-ingest',
  'reputation',
  'topic-coordinator',
  'rewards',
  'rewards-1',
  'rewards-2',
  'gateway-1',
  'gateway-2',
  'kafka',
  'postgres',
]);

/** What a scenario runs, and how faults may treat it. */
interface Field {
  readonly services: readonly ServiceTarget[];
  /** The two replicas that the scenario is about. */
  readonly pair: readonly [ServiceTarget, ServiceTarget];
  /** These live through the end of a long run, so that the size of a process that has worked for minutes can be judged. */
  readonly steady: readonly ServiceTarget[];
}

const network: Field = {
  services: serviceTargets,
  pair: ['inference-ingest-1', 'inference-ingest-2'],
  steady: ['inference-ingest-1', 'forecast-ingest'],
};
const fields: Readonly<Record<Scenario, Field>> = {
  ingest: network,
  epoch: network,
  ledger: { services: ledgerTargets, pair: ['rewards-1', 'rewards-2'], steady: ['rewards-1'] },
  purchases: { services: purchaseTargets, pair: ['gateway-1', 'gateway-2'], steady: ['gateway-1'] },
};

export const targetsOf = (scenario: Scenario): readonly ServiceTarget[] => fields[scenario].services;

const everythingOf = ({ services }: Field): readonly Target[] => [...services, ...serverTargets];
const consumingOf = ({ services }: Field): readonly ServiceTarget[] =>
  services.filter((name) => name !== 'topic-coordinator');

function rulesOf(field: Field): Readonly<Record<FaultKind, Rule>> {
  const everything = everythingOf(field);
  const doors = everything.filter((name) => name !== 'synthesis');
  return {
    kill: { weight: 8, targets: everything, durationMs: [300, 3_000] },
    restart: { weight: 2, targets: field.services, durationMs: [0, 1_500] },
    pause: { weight: 4, targets: everything, durationMs: [500, 7_000] },
    cut: { weight: 4, targets: doors, durationMs: [0, 0] },
    stall: { weight: 2, targets: doors, durationMs: [500, 5_000] },
    delay: { weight: 3, targets: doors, durationMs: [2_000, 8_000], amount: [20, 250] },
    lose_answers: {
      weight: 3,
      targets: [...promising].filter((name) => everything.includes(name)),
      durationMs: [500, 3_000],
    },
    redeliver: { weight: 1, targets: consumingOf(field), durationMs: [0, 500], amount: [20, 400] },
    duplicate: { weight: 2, targets: ['kafka'], durationMs: [0, 0], amount: [5, 200] },
  };
}

/** What a run must have had to mean anything, in a seeded order; short runs do not get to the end of it. */
const mustsOf = (field: Field, random: SeededRandom): readonly (readonly [FaultKind, Target])[] =>
  random.shuffled([
    ...everythingOf(field).map((target) => ['kill', target] as const),
    ['lose_answers', random.pick(field.pair)],
    ['redeliver', random.pick(consumingOf(field))],
    ['duplicate', 'kafka'],
    ['pause', random.pick(serverTargets)],
    ['pause', random.pick(field.pair)],
    ['cut', 'postgres'],
  ]);

const LEAD_MS = 4_000;
const GAP_MS = [1_500, 4_500] as const;
/** How long a target is left alone after its fault: it starts, joins its groups, catches up. */
const REST_MS = 6_000;

const LONG_RUN_MS = 150_000;
const STEADY_SHARE = 0.4;
const STEADY_LEAST_MS = 100_000;

const serviceNamed = (target: Target): string => target.replace(/-\d+$/, '');

/** A redelivery stops all replicas of its service. */
const endsSteady = ({ steady }: Field, kind: FaultKind, target: Target): boolean =>
  kind === 'redeliver'
    ? steady.some((name) => serviceNamed(name) === serviceNamed(target))
    : (kind === 'kill' || kind === 'restart') && (steady as readonly Target[]).includes(target);

/** Pure: the same seed, scenario and length give the same faults. */
export function planFaults(seed: string, scenario: Scenario, minutes: number): Plan {
  const random = new SeededRandom(`plan/${scenario}/${seed}`);
  const endMs = minutes * 60_000;
  const steadyFromMs =
    endMs < LONG_RUN_MS ? Infinity : endMs - Math.max(STEADY_SHARE * endMs, STEADY_LEAST_MS);
  const field = fields[scenario];
  const rules = rulesOf(field);
  const due = [...mustsOf(field, random)];
  const busyUntilMs = new Map<Target, number>();
  const faults: Fault[] = [];
  for (let atMs = LEAD_MS; atMs < endMs; atMs += random.between(...GAP_MS)) {
    const free = (kind: FaultKind, target: Target) =>
      (busyUntilMs.get(target) ?? 0) <= atMs && (atMs < steadyFromMs || !endsSteady(field, kind, target));
    const index = due.findIndex(([kind, target]) => free(kind, target));
    const [kind, target] = index >= 0 ? due.splice(index, 1)[0]! : draw(rules, random, free);
    const { durationMs, amount } = rules[kind];
    const fault: Fault = {
      atMs: Math.round(atMs),
      kind,
      target,
      durationMs: Math.min(Math.round(random.between(...durationMs)), Math.round(endMs - atMs)),
      amount: amount ? random.whole(...amount) : 0,
    };
    faults.push(fault);
    busyUntilMs.set(target, atMs + fault.durationMs + REST_MS);
  }
  const sha256 = createHash('sha256').update(JSON.stringify(faults)).digest('hex');
  return { scenario, seed, minutes, faults, sha256 };
}

function draw(
  rules: Readonly<Record<FaultKind, Rule>>,
  random: SeededRandom,
  free: (kind: FaultKind, target: Target) => boolean,
): readonly [FaultKind, Target] {
  const bag = faultKinds.flatMap((kind) => Array.from({ length: rules[kind].weight }, () => kind));
  for (;;) {
    const kind = random.pick(bag);
    const target = random.pick(rules[kind].targets);
    if (free(kind, target)) return [kind, target];
  }
}
