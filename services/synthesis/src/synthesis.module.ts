import { serviceBusProvider } from '@allora/service-kit/service-bus.provider';
import { type DynamicModule, Module } from '@nestjs/common';
import type { SynthesisConfig } from './config';
import { EpochInputsHandler } from './epoch-inputs.handler';
import { InputsStore } from './inputs.store';
import { SynthesisMetrics } from './metrics';
import { RegretsStore } from './regrets.store';
import { SynthesisGrpc } from './synthesis.grpc';
import { TopicAdvance } from './topic-advance';
import { TopicsStore } from './topics.store';
import { WorkersStore } from './workers.store';

@Module({})
export class SynthesisModule {
  /** Called like every service's module; synthesis has no settings of its own to hand on. */
  static register(_config: SynthesisConfig): DynamicModule {
    return {
      module: SynthesisModule,
      providers: [
        serviceBusProvider('synthesis'),
        InputsStore,
        TopicsStore,
        WorkersStore,
        RegretsStore,
        SynthesisMetrics,
        TopicAdvance,
        EpochInputsHandler,
        SynthesisGrpc,
      ],
    };
  }
}
