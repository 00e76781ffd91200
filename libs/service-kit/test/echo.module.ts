import {
  Controller,
  Get,
  Inject,
  Injectable,
  Module,
  Param,
  Res,
  type DynamicModule,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import type { ServiceBus } from '@allora/bus/service-bus';
import { busTopics } from '@allora/contracts/catalog';
import { RefusalError } from '@allora/contracts/errors';
import { Topic, TopicCoordinatorService } from '@allora/contracts/gen/allora/topics/v1/topics';
import type { FastifyReply } from 'fastify';
import { Clock } from '../src/clock';
import { GrpcClients, type GrpcClient } from '../src/grpc-client';
import { GrpcHost } from '../src/grpc-host';
import { serviceBusProvider } from '../src/service-bus.provider';
import { SERVICE_BUS } from '../src/tokens';
import { EventStreams } from '../src/sse';
import { ZodPipe } from '../src/zod.pipe';
import { z } from 'zod';

const refuse = async (): Promise<never> => {
  throw new RefusalError('NOT_FOUND', 'not in this test');
};

/** The event of this topic is handled once the test lets it. */
export const heldTopicId = 99;

/** What the test sees of the module, and how it holds an answer back. */
export class EchoWitness {
  readonly seen: Topic[] = [];
  readonly events: string[] = [];
  waiting = 0;
  release: () => void = () => undefined;
  readonly released = new Promise<void>((resolve) => (this.release = resolve));
}

/** Tells every topic it hears of again, and answers for topics by gRPC. */
@Injectable()
export class Echo implements OnModuleInit, OnModuleDestroy, OnApplicationShutdown {
  constructor(
    @Inject(SERVICE_BUS) private readonly bus: ServiceBus,
    private readonly host: GrpcHost,
    private readonly clock: Clock,
    private readonly witness: EchoWitness,
  ) {}

  onModuleInit(): void {
    this.bus.on(busTopics.topics, async (topic, unit) => {
      this.witness.seen.push(topic);
      if (topic.id === heldTopicId) await this.witness.released;
      this.witness.events.push('topic handled');
      const { id: topicId, creator: address } = topic;
      const registration = { topicId, address, role: 1, height: this.clock.nowMs(), shadow: false };
      await unit.publish(busTopics.registrations, registration);
    });
    this.host.add(TopicCoordinatorService, {
      getTopic: async ({ topicId }) => {
        if (topicId === 404) throw new RefusalError('UNKNOWN_TOPIC', 'topic 404 does not exist', { topicId });
        return { topic: Topic.fromPartial({ id: topicId, creator: 'allo1x' }) };
      },
      getRegistration: refuse,
      getWindow: refuse,
      advanceClock: refuse,
      streamWindows: async function* ({ topicId }, { signal }) {
        yield { topicId, height: 1, windows: [] };
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      },
    });
  }

  onModuleDestroy(): void {
    this.witness.events.push('module destroyed');
  }

  onApplicationShutdown(): void {
    this.witness.events.push('application shut down');
  }
}

@Controller('v1')
export class EchoHttp {
  private readonly coordinator: GrpcClient<typeof TopicCoordinatorService>;

  constructor(
    clients: GrpcClients,
    private readonly streams: EventStreams,
    private readonly witness: EchoWitness,
  ) {
    this.coordinator = clients.connect(TopicCoordinatorService, 'self');
  }

  @Get('topics/:id')
  async topic(@Param('id', new ZodPipe(z.coerce.number().int().positive())) id: number): Promise<unknown> {
    return (await this.coordinator.getTopic({ topicId: id })).topic;
  }

  @Get('stream')
  stream(@Res() reply: FastifyReply): void {
    this.streams.open(reply).send({ event: 'echo', data: 'hello' });
  }

  @Get('slow')
  async slow(): Promise<{ slow: boolean }> {
    this.witness.waiting++;
    await this.witness.released;
    this.witness.events.push('slow answered');
    return { slow: true };
  }
}

@Module({})
export class EchoModule {
  static register(witness: EchoWitness): DynamicModule {
    return {
      module: EchoModule,
      controllers: [EchoHttp],
      providers: [{ provide: EchoWitness, useValue: witness }, serviceBusProvider('inference-ingest'), Echo],
    };
  }
}

/** A second service of the same process: its own bus, hence its own copy of every event. */
@Injectable()
class Listener implements OnModuleInit {
  constructor(
    @Inject(SERVICE_BUS) private readonly bus: ServiceBus,
    private readonly witness: EchoWitness,
  ) {}

  onModuleInit(): void {
    this.bus.on(busTopics.topics, async (topic) => void this.witness.seen.push(topic));
  }
}

@Module({})
export class ListenerModule {
  static register(witness: EchoWitness): DynamicModule {
    return {
      module: ListenerModule,
      providers: [{ provide: EchoWitness, useValue: witness }, serviceBusProvider('rewards'), Listener],
    };
  }
}
