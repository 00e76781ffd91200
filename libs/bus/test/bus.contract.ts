import { describe } from 'vitest';
import { type BusAdapter, openContractStage } from './contract-stage';
import { effectsContract } from './effects.contract';
import { failuresContract } from './failures.contract';
import { handlersContract } from './handlers.contract';
import { limitsContract } from './limits.contract';
import { oneProcessContract } from './one-process.contract';
import { publicationContract } from './publication.contract';
import { replicasContract } from './replicas.contract';

/** What every adapter of the bus keeps, by subject; all of it on one stage. */
export function busContract(adapter: BusAdapter): void {
  describe(`bus on ${adapter.name}`, () => {
    const stage = openContractStage(adapter);
    effectsContract(stage);
    publicationContract(stage);
    failuresContract(stage);
    handlersContract(stage);
    limitsContract(stage);
    if (adapter.name === 'kafka') replicasContract(stage);
    else oneProcessContract(stage);
  });
}
