import type { FactoryProvider } from '@nestjs/common';
import type { ServiceBus } from '@allora/bus/service-bus';
import type { ServiceName } from '@allora/contracts/catalog';
import { SERVICE_BUS } from './tokens';

/** Every service bus of the process, so that all start after the last handler is registered and drain before the log closes. */
export class ServiceBuses {
  private readonly buses: ServiceBus[] = [];
  private readonly started = new Set<ServiceBus>();

  constructor(private readonly make: (service: ServiceName) => ServiceBus) {}

  create(service: ServiceName): ServiceBus {
    const bus = this.make(service);
    const start = bus.start.bind(bus);
    bus.start = () => {
      this.started.add(bus);
      return start();
    };
    this.buses.push(bus);
    return bus;
  }

  async start(): Promise<void> {
    for (const bus of this.buses) await bus.start();
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
