import type { Server, ServerDuplexStream, UntypedServiceImplementation } from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { fileDescriptors } from '@allora/contracts/gen/descriptors';

type Descriptors = ConstructorParameters<typeof ReflectionService>[0];
type Call = ServerDuplexStream<unknown, unknown>;
type Handler = (call: Call) => void;

/** The standard reflection service, v1 and v1alpha, of the services named. */
export class GrpcReflection {
  private readonly service: ReflectionService;
  private readonly open = new Set<Call>();

  constructor(services: readonly string[]) {
    const files: Descriptors[string] = {
      format: 'Protocol Buffer 3 EnumDescriptorProto',
      type: {},
      fileDescriptorProtos: fileDescriptors.map((file) => Buffer.from(file, 'base64')),
    };
    this.service = new ReflectionService({ files }, { services: [...services] });
  }

  addTo(server: Server): void {
    this.service.addToServer({
      addService: (definition, implementation) => server.addService(definition, this.counted(implementation)),
    });
  }

  /** Ends what is open: a client that keeps its call would keep a stop waiting. */
  stop(): void {
    for (const call of this.open) call.end();
  }

  private counted(implementation: UntypedServiceImplementation): UntypedServiceImplementation {
    const handlers = Object.entries(implementation).map(([name, handler]) => [
      name,
      (call: Call) => {
        this.open.add(call);
        call.once('close', () => this.open.delete(call));
        call.once('cancelled', () => this.open.delete(call));
        (handler as Handler)(call);
      },
    ]);
    return Object.fromEntries(handlers) as UntypedServiceImplementation;
  }
}
