import type { UnitOfWork } from '@allora/bus/service-bus';
import { busTopics } from '@allora/contracts/catalog';
import { RefusalError } from '@allora/contracts/errors';
import type { ExecuteCommandResponse } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import { applyCommand } from '@allora/protocol/economy/apply-command';
import type { CommandOutcome } from '@allora/protocol/economy/commands';
import { topicStanding } from '@allora/protocol/economy/topic-life';
import { touchesOf } from '@allora/protocol/economy/touches';
import { hexOf } from '@allora/identity/hex';
import { Injectable } from '@nestjs/common';
import {
  type AppliedCommand,
  AppliedCommandsStore,
  requestName,
  type StandingCommands,
} from './applied-commands.store';
import type { LoadedBook } from './book-load';
import { BookStore } from './book.store';
import { wantsOf } from './book-wants';
import { commandName, refusalOfOutcome } from './command-names';
import type { CommandResult, ProvenCommand } from './commands';
import { Economy } from './economy';
import { RewardsMetrics } from './metrics';
import { weightOf } from './proto';

/** The rules broke down over one command of a group; nothing of the group took effect. */
export class CommandFailed extends Error {
  constructor(
    readonly index: number,
    override readonly cause: unknown,
  ) {
    super('a command failed');
  }
}

/** A group of commands in one transaction: all of it is stored, or nothing. */
@Injectable()
export class CommandGroups {
  constructor(
    private readonly books: BookStore,
    private readonly appliedCommands: AppliedCommandsStore,
    private readonly economy: Economy,
    private readonly metrics: RewardsMetrics,
  ) {}

  async apply(unit: UnitOfWork, group: readonly ProvenCommand[]): Promise<CommandResult[]> {
    await this.books.lock(unit.tx);
    const standing = await this.appliedCommands.standing(unit.tx, group);
    const book = await this.books.load(unit.tx, wantsOf(group.map(({ command }) => touchesOf(command))));
    const sleeping = inactiveTopics(book);
    const applied: AppliedCommand[] = [];
    const results = group.map((proven, index) => {
      const before = repeatOf(proven, standing);
      if (before) return before;
      const result = this.decide(book, proven, index);
      if (result.accepted) {
        const { author, requestId, hash } = proven;
        applied.push({ author, requestId, hash, answer: result.answer });
        standing.applied.set(requestName(proven), { hash: hexOf(hash), answer: result.answer });
      }
      return result;
    });
    if (applied.length === 0) return results;
    await this.books.save(unit.tx, book);
    await this.appliedCommands.save(unit.tx, applied);
    for (const topicId of sleeping) {
      const standing = topicStanding(book, topicId);
      if (standing.active) await unit.publish(busTopics.topicWeights, weightOf(standing));
    }
    this.metrics.countTransfers(book.transfers);
    return results;
  }

  private decide(book: LoadedBook, proven: ProvenCommand, index: number): CommandResult {
    const outcome = this.outcomeOf(book, proven, index);
    if (!outcome.accepted) return { accepted: false, refusal: refusalOfOutcome(outcome) };
    const { movedUallo, dueHeight } = outcome;
    return { accepted: true, repeated: false, answer: answerOf(proven, movedUallo, book, dueHeight) };
  }

  private outcomeOf(book: LoadedBook, { command, key }: ProvenCommand, index: number): CommandOutcome {
    try {
      return applyCommand(book, this.economy.rules, command, key);
    } catch (error) {
      throw new CommandFailed(index, error);
    }
  }
}

const answerOf = (
  { author, requestId, command }: ProvenCommand,
  movedUallo: bigint,
  { network }: LoadedBook,
  dueHeight?: number,
): ExecuteCommandResponse => ({
  author,
  requestId,
  command: commandName(command.kind),
  movedUallo: movedUallo.toString(),
  dueHeight,
  height: network.height,
});

const inactiveTopics = ({ topics }: LoadedBook): number[] =>
  [...topics.entries()].filter(([, topic]) => !topic.active).map(([id]) => Number(id));

/** What a command that took effect before is answered now; undefined for one that never did. */
function repeatOf(proven: ProvenCommand, standing: StandingCommands): CommandResult | undefined {
  const { command, author, requestId, hash, key } = proven;
  const before = standing.applied.get(requestName(proven));
  if (before?.hash === hexOf(hash)) return { accepted: true, repeated: true, answer: before.answer };
  const moved = standing.transferred.get(key);
  if (!before && moved === undefined) return undefined;
  // Its transfer is older than the table of applied commands.
  if (!before && 'amountUallo' in command && command.amountUallo === moved) {
    const answer = { author, requestId, command: commandName(command.kind), movedUallo: moved.toString() };
    return { accepted: true, repeated: true, answer: { ...answer, dueHeight: undefined, height: 0 } };
  }
  const detail = `another command of ${author} took effect under the request id ${requestId}`;
  return { accepted: false, refusal: new RefusalError('CONFLICTING_REPEAT', detail, { author, requestId }) };
}
