import { createHash } from 'node:crypto';
import type { Command, CommandKind } from '@allora/protocol/economy/commands';
import type { LedgerModel } from './ledger-model';
import { delegation, participant, stake, validatorStake } from './model-state';

/** Where draws come from; the same seed draws the same. */
export interface Draws {
  /** 0 <= x < 1 */
  unit(): number;
  /** A whole number, low <= n < high. */
  whole(low: number, high: number): number;
  chance(probability: number): boolean;
  pick<T>(from: readonly T[]): T;
  shuffled<T>(items: readonly T[]): T[];
}

/** A command as its author sent it. */
export interface Request {
  readonly author: string;
  readonly requestId: string;
  readonly command: Command;
  readonly key: string;
  readonly hash: Uint8Array;
}

export interface People {
  readonly everyone: readonly string[];
  readonly reputers: readonly string[];
  readonly validators: readonly string[];
  readonly operators: readonly string[];
}

/** Fees that are held move by the network's word too: they have tests of their own. */
type GeneratedKind = Exclude<
  CommandKind,
  'hold-inference-fee' | 'release-inference-fee' | 'refund-inference-fee'
>;

const shares: Readonly<Record<GeneratedKind, number>> = {
  transfer: 16,
  faucet: 6,
  stake: 9,
  delegate: 14,
  'remove-stake': 9,
  'cancel-removal': 5,
  redelegate: 8,
  'claim-delegation-rewards': 9,
  'fund-topic': 4,
  'pay-inference': 4,
  'stake-validator': 3,
  'remove-validator-stake': 2,
  'cancel-validator-removal': 1,
  'claim-validator-rewards': 3,
  slash: 0.4,
  'topic-creation-fee': 1,
  'registration-fee': 2,
};
const kinds = Object.entries(shares) as [GeneratedKind, number][];
const allShares = kinds.reduce((sum, [, share]) => sum + share, 0);

/** Other bytes under the same request id, the same bytes again, and requests that come long after they were written. */
const SENT_AGAIN = 0.05;
const CONFLICTING = 0.01;
const HELD_BACK = 0.02;
const REMEMBERED = 5_000;
const HUGE = 10n ** 38n - 1n;
const UNKNOWN_TOPIC = 404;

const isOfStake: ReadonlySet<CommandKind> = new Set([
  'stake',
  'delegate',
  'remove-stake',
  'cancel-removal',
  'redelegate',
  'claim-delegation-rewards',
  'slash',
]);

/** Commands that mostly make sense against what the model holds, and often enough do not. */
export class CommandGenerator {
  private readonly sent: Request[] = [];
  private held: Request[] = [];
  private count = 0;

  constructor(
    private readonly random: Draws,
    private readonly model: LedgerModel,
    private readonly people: People,
    private readonly topicIds: readonly number[],
  ) {}

  /** Without commands on the stakes of `closed` topics, new or old. */
  group(size: number, closed: ReadonlySet<number> = new Set()): Request[] {
    const group: Request[] = [];
    while (group.length < size) {
      const request = this.next();
      if (closed.size > 0 && touchesStakeOf(request.command, closed)) continue;
      if (this.random.chance(HELD_BACK)) this.held.push(request);
      else group.push(request);
    }
    const late = this.held.filter(({ command }) => !touchesStakeOf(command, closed));
    if (late.length > 50) {
      this.held = this.held.filter((request) => !late.includes(request));
      group.splice(0, late.length, ...late);
    }
    return this.random.shuffled(group);
  }

  /** Some of a group, to be sent to another replica at the same time. */
  twins(group: readonly Request[]): Request[] {
    return group.filter(() => this.random.chance(0.02));
  }

  private next(): Request {
    const { random } = this;
    if (this.sent.length > 0 && random.chance(SENT_AGAIN)) return random.pick(this.sent);
    const command = this.command();
    const author = authorOf(command);
    const earlier = this.sent.length > 0 && random.chance(CONFLICTING) ? random.pick(this.sent) : undefined;
    this.count += 1;
    const requestId =
      earlier && earlier.author === author && earlier.command.kind === command.kind
        ? earlier.requestId
        : `m${this.count}`;
    const request = requestOf(author, requestId, command);
    if (this.sent.length < REMEMBERED) this.sent.push(request);
    else this.sent[random.whole(0, REMEMBERED)] = request;
    return request;
  }

  private command(): Command {
    let draw = this.random.unit() * allShares;
    for (const [kind, share] of kinds) if ((draw -= share) < 0) return this.commandOf(kind);
    return this.commandOf('transfer');
  }

  private commandOf(kind: GeneratedKind): Command {
    const { random, people } = this;
    const someone = random.pick(people.everyone);
    const topicId = this.topic();
    switch (kind) {
      case 'transfer': {
        const to = random.chance(0.02) ? someone : random.pick(people.everyone);
        return { kind, from: someone, to, amountUallo: this.amountOf(participant(someone)) };
      }
      case 'faucet':
        return { kind, to: someone, amountUallo: this.odd() ?? amountUpTo(random, 10n ** 23n) };
      case 'fund-topic':
      case 'pay-inference':
        return { kind, from: someone, topicId, amountUallo: this.amountOf(participant(someone)) / 8n };
      case 'topic-creation-fee':
        return { kind, from: someone };
      case 'registration-fee':
        return { kind, from: someone, topicId, role: random.pick(['worker', 'reputer'] as const) };
      case 'slash':
        return this.slash(topicId);
      case 'stake-validator': {
        const validator = this.validator();
        return { kind, validator, amountUallo: this.amountOf(participant(validator)) };
      }
      case 'remove-validator-stake': {
        const validator = this.validator();
        return { kind, validator, amountUallo: this.amountOf(validatorStake(validator)) };
      }
      case 'cancel-validator-removal':
      case 'claim-validator-rewards':
        return { kind, validator: this.validator() };
      default:
        return this.stakeCommand(kind, topicId);
    }
  }

  private stakeCommand(kind: GeneratedKind, topicId: number): Command {
    const { random, people } = this;
    const reputer = this.reputer();
    const holder = random.pick(people.everyone);
    switch (kind) {
      case 'stake':
        return { kind, topicId, reputer, amountUallo: this.amountOf(participant(reputer)) };
      case 'delegate':
        return { kind, topicId, reputer, holder, amountUallo: this.amountOf(participant(holder)) };
      case 'redelegate': {
        const from = this.delegated() ?? { topicId, reputer, holder };
        const amountUallo = this.amountOf(delegation(from.topicId, from.reputer, from.holder));
        return { kind, ...from, toTopicId: this.topic(), toReputer: this.reputer(), amountUallo };
      }
      case 'remove-stake': {
        const own = { topicId, reputer, holder: reputer };
        const from = random.chance(0.3) ? own : (this.delegated() ?? own);
        const account =
          from.holder === from.reputer
            ? stake(from.topicId, from.reputer)
            : delegation(from.topicId, from.reputer, from.holder);
        return { kind, ...from, amountUallo: this.amountOf(account) };
      }
      case 'cancel-removal': {
        const pending = [...this.model.removals.keys()].filter((name) => name.startsWith('removal:'));
        if (pending.length === 0 || random.chance(0.3)) return { kind, topicId, reputer, holder };
        const [, topic, of, by] = random.pick(pending).split(':');
        return { kind, topicId: Number(topic), reputer: of!, holder: by! };
      }
      default: {
        const from = random.chance(0.1) ? undefined : this.delegated();
        return { kind: 'claim-delegation-rewards', ...(from ?? { topicId, reputer, holder }) };
      }
    }
  }

  private slash(topicId: number): Command {
    const { random, people } = this;
    const operator = random.pick(random.chance(0.9) ? people.operators : people.everyone);
    const partsPerMillion = random.chance(0.5)
      ? 1_000_000
      : random.pick([0, -1, 1, 1_000_001, random.whole(1, 1_000_000)]);
    return { kind: 'slash', operator, topicId, reputer: this.reputer(), partsPerMillion };
  }

  private topic = (): number => (this.random.chance(0.01) ? UNKNOWN_TOPIC : this.random.pick(this.topicIds));
  private reputer = (): string =>
    this.random.pick(this.random.chance(0.03) ? this.people.everyone : this.people.reputers);
  private validator = (): string =>
    this.random.pick(this.random.chance(0.03) ? this.people.everyone : this.people.validators);

  /** One that there is; looked for by chance, as there are many. */
  private delegated(): { topicId: number; reputer: string; holder: string } | undefined {
    for (let i = 0; i < 8; i += 1) {
      const one = {
        topicId: this.random.pick(this.topicIds),
        reputer: this.random.pick(this.people.reputers),
        holder: this.random.pick(this.people.everyone),
      };
      if (this.model.balances.has(delegation(one.topicId, one.reputer, one.holder))) return one;
    }
    return undefined;
  }

  /** Amounts that no command may have. */
  private odd(): bigint | undefined {
    const { random } = this;
    if (!random.chance(0.03)) return undefined;
    return random.pick([0n, -1n, -(10n ** 20n), HUGE, -HUGE]);
  }

  private amountOf(account: string): bigint {
    const { random } = this;
    const odd = this.odd();
    if (odd !== undefined) return odd;
    const balance = this.model.balance(account);
    if (random.chance(0.04)) return balance + 1n;
    if (random.chance(0.06)) return balance;
    return random.chance(0.7) ? 1n + balance / BigInt(random.whole(2, 40)) : amountUpTo(random, balance);
  }
}

/** 1 <= n <= most, mostly of fewer digits. */
function amountUpTo(random: Draws, most: bigint): bigint {
  if (most <= 1n) return 1n;
  const digits = BigInt(random.whole(1, most.toString().length + 1));
  const below = 10n ** digits < most ? 10n ** digits : most;
  return 1n + (below * BigInt(random.whole(0, 1_000_000))) / 1_000_000n;
}

export function authorOf(command: Command): string {
  if ('from' in command) return command.from;
  if ('holder' in command) return command.holder;
  if ('validator' in command) return command.validator;
  if ('operator' in command) return command.operator;
  if ('account' in command) return command.account;
  return 'to' in command ? command.to : command.reputer;
}

export function requestOf(author: string, requestId: string, command: Command): Request {
  const text = JSON.stringify(command, (_name, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
  const hash = createHash('sha256').update(`${author} ${requestId} ${text}`).digest();
  return { author, requestId, command, key: `command:${author}:${requestId}`, hash };
}

function touchesStakeOf(command: Command, topics: ReadonlySet<number>): boolean {
  if (!isOfStake.has(command.kind)) return false;
  if (command.kind === 'redelegate' && topics.has(command.toTopicId)) return true;
  return 'topicId' in command && topics.has(command.topicId);
}
