import { CompatEnvelope } from './compat-envelope';
import { CompatInferences } from './compat-inferences';
import { CompatKeyGuard } from './compat-key.guard';
import { CompatHttp } from './compat.http';
import { EvmSigner } from './evm-signer';
import { EvmHttp } from './evm.http';
import { TopicTotalsStore } from './topic-totals.store';

export const compatControllers = [CompatHttp, EvmHttp];
export const compatProviders = [
  TopicTotalsStore,
  EvmSigner,
  CompatInferences,
  CompatKeyGuard,
  CompatEnvelope,
];
