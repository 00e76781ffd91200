import { RefusalError } from '@allora/contracts/errors';
import type { OpenWindow, Topic } from '@allora/contracts/gen/allora/topics/v1/topics';
import { ZodPipe } from '@allora/service-kit/zod.pipe';
import { Database } from '@allora/store/database';
import { topicIdText } from '@allora/service-kit/form';
import { Body, Controller, Get, Headers, HttpCode, Inject, Param, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { requireAdmin } from './admin-token';
import { BlockClock } from './block-clock';
import { ClockStore } from './clock.store';
import { TOPIC_COORDINATOR_CONFIG, type TopicCoordinatorConfig } from './config';
import { CreateTopic } from './create-topic';
import { EpochsStore } from './epochs.store';
import {
  type AdvanceForm,
  advanceForm,
  type RegistrationForm,
  registrationForm,
  type TopicForm,
  topicForm,
} from './forms';
import { roleName } from './proto';
import { RegisterParticipant } from './register-participant';
import { TopicsStore } from './topics.store';

@Controller('v1')
export class TopicsHttp {
  constructor(
    @Inject(TOPIC_COORDINATOR_CONFIG) private readonly config: TopicCoordinatorConfig,
    private readonly database: Database,
    private readonly topics: TopicsStore,
    private readonly epochs: EpochsStore,
    private readonly heights: ClockStore,
    private readonly clock: BlockClock,
    private readonly creation: CreateTopic,
    private readonly registration: RegisterParticipant,
  ) {}

  @Post('topics')
  async create(
    @Body(new ZodPipe(topicForm)) form: TopicForm,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Topic> {
    const { topic, created } = await this.creation.create(form);
    void reply.status(created ? 201 : 200);
    return topic;
  }

  @Post('topics/:id/registrations')
  async register(
    @Param('id', new ZodPipe(topicIdText)) topicId: number,
    @Body(new ZodPipe(registrationForm)) form: RegistrationForm,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { registration, created } = await this.registration.register(topicId, form);
    void reply.status(created ? 201 : 200);
    return { ...registration, role: roleName(registration.role) };
  }

  @Get('topics/:id/windows')
  async windows(@Param('id', new ZodPipe(topicIdText)) topicId: number) {
    const tx = this.database.prisma;
    if (!(await this.topics.find(tx, topicId))) {
      throw new RefusalError('UNKNOWN_TOPIC', `there is no topic ${topicId}`, { topicId });
    }
    const windows = await this.epochs.openWindows(tx, topicId);
    return { topicId, height: await this.heights.height(), windows: windows.map(toJson) };
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
}

const toJson = ({ nonce, role, openedHeight, closesHeight }: OpenWindow) => ({
  nonce,
  role: roleName(role),
  openedHeight,
  closesHeight,
});
