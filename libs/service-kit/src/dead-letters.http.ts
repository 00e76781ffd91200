import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import type { WaitingDeadLetter } from '@allora/bus/service-bus';
import { RefusalError } from '@allora/contracts/errors';
import { z } from 'zod';
import { ServiceBuses, type Subscriber } from './service-bus.provider';
import { ZodPipe } from './zod.pipe';

const listForm = z.strictObject({
  topic: z.string().min(1).max(200).optional(),
  limit: z
    .string()
    .regex(/^[1-9]\d{0,2}$/, 'expected 1 to 999')
    .transform(Number)
    .default(100),
});
type ListForm = z.output<typeof listForm>;

interface ReplayAnswer {
  readonly topic: string;
  readonly outcomes: readonly { service: string; replayed: number; failed: number }[];
}

/** What the services of this process gave up on, for its operators: to see why, and to have it tried again. */
@Controller('operations/dead-letters')
export class DeadLettersHttp {
  constructor(private readonly buses: ServiceBuses) {}

  /** `limit` letters of each service and topic at most, the oldest first. */
  @Get()
  async list(
    @Query(new ZodPipe(listForm)) { topic, limit }: ListForm,
  ): Promise<{ deadLetters: readonly WaitingDeadLetter[] }> {
    const letters: WaitingDeadLetter[] = [];
    for (const { bus, topic: own } of this.subscribers(topic)) {
      letters.push(...(await bus.listDeadLetters(own, { limit })));
    }
    return { deadLetters: letters };
  }

  /** Answers when all are done; those that failed again wait again. */
  @Post(':topic/replay')
  @HttpCode(200)
  async replay(@Param('topic') topic: string): Promise<ReplayAnswer> {
    const outcomes = [];
    for (const subscriber of this.subscribers(topic)) {
      const outcome = await this.buses.replayDeadLetters(subscriber);
      outcomes.push({ service: subscriber.service, ...outcome });
    }
    return { topic, outcomes };
  }

  private subscribers(name: string | undefined): readonly Subscriber[] {
    const all = this.buses.subscribers();
    if (name === undefined) return all;
    const found = all.filter(({ topic }) => topic.name === name);
    if (found.length > 0) return found;
    throw new RefusalError('NOT_FOUND', `no service of this process reads ${name}`, {
      topics: [...new Set(all.map(({ topic }) => topic.name))].sort(),
    });
  }
}
