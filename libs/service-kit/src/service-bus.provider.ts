import type { FactoryProvider } from '@nestjs/common';
import type { ReplayOutcome, ServiceBus } from '@allora/bus/service-bus';
import type { BusTopic, ServiceName } from '@allora/contracts/catalog';
import { SERVICE_BUS } from './tokens';

/** A service of this process and a topic that it has handlers of. */
export interface Subscriber {
  readonly service: ServiceName;
  readonly bus: ServiceBus;
  readonly topic: BusTopic<unknown>;
}

/** Every service bus of the process, so that all start after the last handler is registered and drain before the log closes. */
export class ServiceBuses {
  private readonly buses: { service: ServiceName; bus: ServiceBus }[] = [];
  private readonly replays = new Map<ServiceName, Promise<unknown>>();
  private readonly started = new Set<ServiceBus>();

  constructor(private readonly make: (service: ServiceName) => ServiceBus) {}

  create(service: ServiceName): ServiceBus {
    const bus = this.make(service);
    const start = bus.start.bind(bus);
    bus.start = () => {
      this.started.add(bus);
      return start();
    };
    this.buses.push({ service, bus });
    return bus;
  }

  async start(): Promise<void> {
    for (const { bus } of this.buses) await bus.start();
  }

  subscribers(): Subscriber[] {
    return this.buses.flatMap(({ service, bus }) => bus.topics.map((topic) => ({ service, bus, topic })));
  }

  /** One at a time in a service: its replays share a place on the log. */
  async replayDeadLetters({ service, bus, topic }: Subscriber): Promise<ReplayOutcome> {
    const before = this.replays.get(service) ?? Promise.resolve();
    const replay = before.catch(() => undefined).then(() => bus.replayDeadLetters(topic));
    this.replays.set(service, replay);
    return replay;
  }

  async drain(): Promise<void> {
    await Promise.all([...this.started].map((bus) => bus.drain()));
    this.started.clear();
  }
}

/** A bus in the name of `service`: its consumer group, inbox and outbox. One for each service module. */
export const serviceBusProvider = (service: ServiceName): FactoryProvider<ServiceBus> => ({
  provide: SERVICE_BUS,
  useFactory: (buses: ServiceBuses) => buses.create(service),
  inject: [ServiceBuses],
});
