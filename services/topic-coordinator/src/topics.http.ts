import type { Topic } from '@allora/contracts/gen/allora/topics/v1/topics';
import {
  changeTopic,
  createTopic,
  getWindows,
  registerParticipant,
} from '@allora/public-api/routes/topic-commands';
import { EventStreams } from '@allora/service-kit/sse';
import { ZodPipe } from '@allora/service-kit/zod.pipe';
import { Body, Controller, Get, Headers, HttpCode, Inject, Param, Patch, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { requireAdmin } from '@allora/service-kit/admin-token';
import { BlockClock } from './block-clock';
import { TOPIC_COORDINATOR_CONFIG, type TopicCoordinatorConfig } from './config';
import { ChangeTopic } from './change-topic';
import { CreateTopic } from './create-topic';
import { type AdvanceForm, advanceForm } from './forms';
import { roleName, windowsJson } from './proto';
import { RegisterParticipant } from './register-participant';
import { WindowFeed } from './window-feed';

@Controller('v1')
export class TopicsHttp {
  constructor(
    @Inject(TOPIC_COORDINATOR_CONFIG) private readonly config: TopicCoordinatorConfig,
    private readonly feed: WindowFeed,
    private readonly streams: EventStreams,
    private readonly clock: BlockClock,
    private readonly creation: CreateTopic,
    private readonly changes: ChangeTopic,
    private readonly registration: RegisterParticipant,
  ) {}

  @Post('topics')
  async create(
    @Body(new ZodPipe(createTopic.body)) form: z.output<typeof createTopic.body>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Topic> {
    const { topic, created } = await this.creation.create(form);
    void reply.status(created ? 201 : 200);
    return topic;
  }

  @Patch('topics/:id')
  async change(
    @Param(new ZodPipe(changeTopic.params)) { id: topicId }: z.output<typeof changeTopic.params>,
    @Body(new ZodPipe(changeTopic.body)) form: z.output<typeof changeTopic.body>,
  ): Promise<Topic> {
    return this.changes.change(topicId, form);
  }

  @Post('topics/:id/registrations')
  async register(
    @Param(new ZodPipe(registerParticipant.params))
    { id: topicId }: z.output<typeof registerParticipant.params>,
    @Body(new ZodPipe(registerParticipant.body)) form: z.output<typeof registerParticipant.body>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { registration, created } = await this.registration.register(topicId, form);
    void reply.status(created ? 201 : 200);
    return { ...registration, role: roleName(registration.role) };
  }

  /** JSON, or server-sent events for who asks for them; every event is the whole state, so none has to be caught up with. */
  @Get('topics/:id/windows')
  async windows(
    @Param(new ZodPipe(getWindows.params)) { id: topicId }: z.output<typeof getWindows.params>,
    @Headers('accept') accept: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    void reply.header('vary', 'accept');
    if (wantsEvents(accept)) return this.streamWindows(topicId, reply);
    void reply.send(windowsJson(await this.feed.current(topicId)));
  }

  @Post('clock/advance')
  @HttpCode(200)
  async advance(
    @Body(new ZodPipe(advanceForm)) { height }: AdvanceForm,
    @Headers('authorization') authorization: string | undefined,
  ): Promise<{ height: number }> {
    requireAdmin(this.config.adminToken, authorization);
    return { height: await this.clock.advanceByHand(height) };
  }

  private async streamWindows(topicId: number, reply: FastifyReply): Promise<void> {
    const left = new AbortController();
    const leave = () => left.abort();
    reply.raw.once('close', leave);
    const states = await this.feed.follow(topicId, left.signal);
    if (left.signal.aborted) return;
    const stream = this.streams.open(reply);
    stream.signal.addEventListener('abort', leave);
    for await (const state of states)
      stream.send({ event: 'windows', id: state.height, data: windowsJson(state) });
    stream.close();
  }
}

const wantsEvents = (accept = ''): boolean =>
  accept.split(',').some((range) => range.split(';')[0]!.trim().toLowerCase() === 'text/event-stream');
