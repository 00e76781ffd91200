import type { ServiceBus } from '@allora/bus/service-bus';
import { RefusalError } from '@allora/contracts/errors';
import type { ExecuteCommandResponse } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import type { Command } from '@allora/protocol/economy/commands';
import { Log } from '@allora/service-kit/log';
import { refusalOf } from '@allora/service-kit/refusal';
import { SERVICE_BUS } from '@allora/service-kit/tokens';
import { Inject, Injectable } from '@nestjs/common';
import { CommandGroups, CommandFailed } from './command-groups';
import { REWARDS_CONFIG, type RewardsConfig } from './config';
import { RewardsMetrics } from './metrics';

/** A command whose author is proven. */
export interface ProvenCommand {
  readonly command: Command;
  /** Of the transfer that it posts: never moves money twice. */
  readonly key: string;
  /** The same author and request id again is the same command, and answers as the first time. */
  readonly author: string;
  readonly requestId: string;
  /** SHA-256 of what was signed; others under the same request id are refused as CONFLICTING_REPEAT. */
  readonly hash: Uint8Array;
}

export type CommandResult =
  | { readonly accepted: true; readonly repeated: boolean; readonly answer: ExecuteCommandResponse }
  | { readonly accepted: false; readonly refusal: RefusalError };

/** One group is decided while the next waits for the ledger: more would only make them smaller. */
const GROUPS = 2;
const GROUP_COMMANDS = 512;
/** Seconds after which a caller may try again. */
const RETRY_AFTER_SECONDS = 1;

export const unavailable = (detail: string): RefusalError =>
  new RefusalError('UNAVAILABLE', detail, { retryAfterSeconds: RETRY_AFTER_SECONDS });

interface Waiting {
  readonly proven: ProvenCommand;
  settle(result: CommandResult): void;
  /** Its caller has been answered as too late: not worth the work any more. */
  readonly isAnswered: boolean;
}

/**
 * The door to the ledger behind signatures. Commands are decided in the order in which they came, in groups of up to 512, one
 * transaction a group; what arrives while groups are under way makes the next ones. Replicas may do the same on one
 * database: the ledger's lock gives all groups one order.
 *
 * `execute(commands)` takes any number at once, up to `MAX_INFLIGHT_COMMANDS` (beyond that: UNAVAILABLE), and resolves to one
 * result for each, in the order given; it rejects never. A refusal with the code UNAVAILABLE or INTERNAL leaves open whether
 * the command took effect; the same command again tells, and does not take effect twice. Every other refusal changed nothing.
 */
@Injectable()
export class Commands {
  private queue: Waiting[] = [];
  private inflight = 0;
  private running = 0;
  private awake = false;

  constructor(
    @Inject(REWARDS_CONFIG) private readonly config: RewardsConfig,
    @Inject(SERVICE_BUS) private readonly bus: ServiceBus,
    private readonly groups: CommandGroups,
    private readonly metrics: RewardsMetrics,
    private readonly log: Log,
  ) {
    metrics.countInflight = () => this.inflight;
  }

  execute(commands: readonly ProvenCommand[]): Promise<CommandResult[]> {
    return Promise.all(commands.map((proven) => this.enter(proven)));
  }

  private enter(proven: ProvenCommand): Promise<CommandResult> {
    if (this.inflight >= this.config.maxInflightCommands) {
      return Promise.resolve(refused(unavailable('too many commands are in flight')));
    }
    this.inflight += 1;
    return new Promise((resolve) => {
      let isAnswered = false;
      const settle = (result: CommandResult) => {
        if (isAnswered) return;
        isAnswered = true;
        clearTimeout(timer);
        resolve(result);
      };
      const tooLong = () => settle(refused(unavailable('the ledger takes too long')));
      const timer = setTimeout(tooLong, this.config.commandTimeoutMs);
      this.queue.push({
        proven,
        settle,
        get isAnswered() {
          return isAnswered;
        },
      });
      this.wake();
    });
  }

  private wake(): void {
    if (this.awake || this.running >= GROUPS) return;
    this.awake = true;
    // What this turn of the event loop brings goes into one group.
    setImmediate(() => {
      this.awake = false;
      this.startGroups();
    });
  }

  private startGroups(): void {
    while (this.running < GROUPS && this.queue.length > 0) {
      const group = this.queue.splice(0, GROUP_COMMANDS);
      this.running += 1;
      void this.pass(group).finally(() => {
        this.running -= 1;
        this.inflight -= group.length;
        this.startGroups();
      });
    }
  }

  private async pass(group: readonly Waiting[]): Promise<void> {
    for (let open = group.filter(({ isAnswered }) => !isAnswered); open.length > 0;) {
      try {
        const commands = open.map(({ proven }) => proven);
        const results = await this.bus.transaction({}, (unit) => this.groups.apply(unit, commands));
        open.forEach((waiting, i) => this.conclude(waiting, results[i]!));
        return;
      } catch (error) {
        open = await this.afterFailure(open, error);
      }
    }
  }

  /** An outage takes the whole group; a command that breaks something must not. Returns whom to try again. */
  private async afterFailure(open: readonly Waiting[], error: unknown): Promise<Waiting[]> {
    if (error instanceof CommandFailed) {
      this.fail([open[error.index]!], error.cause);
      return open.filter((_, i) => i !== error.index);
    }
    if (open.length === 1 || refusalOf(error).code === 'UNAVAILABLE') this.fail(open, error);
    else for (const one of open) await this.pass([one]);
    return [];
  }

  private fail(waiting: readonly Waiting[], error: unknown): void {
    const refusal = refusalOf(error);
    if (refusal !== error) this.log.error({ error, commands: waiting.length }, 'commands failed');
    const result = refused(refusal.code === 'UNAVAILABLE' ? unavailable(refusal.message) : refusal);
    for (const one of waiting) this.conclude(one, result);
  }

  private conclude({ proven, settle }: Waiting, result: CommandResult): void {
    this.metrics.commands.inc({ kind: proven.command.kind, outcome: outcomeOf(result) });
    settle(result);
  }
}

const refused = (refusal: RefusalError): CommandResult => ({ accepted: false, refusal });

const outcomeOf = (result: CommandResult): string =>
  result.accepted ? (result.repeated ? 'repeated' : 'applied') : result.refusal.code;
