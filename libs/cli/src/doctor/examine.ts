import type { LoadedConfig } from '@allora/runner/config/load-config';
import { type Accounts, accountOf } from '@allora/runner/keys/accounts';
import { modelEnv } from '@allora/runner/keys/model-env';
import { silentLog } from '@allora/runner/log';
import type { ModelContext } from '@allora/runner/models/model';
import type { AlloraClient } from '@allora/sdk/client';
import { type Check, failed, guarded, skipped } from './check';
import { checkBalance, checkRegistration, checkStake, type Participant } from './check-account';
import { checkReputerModels, checkWorkerModels, type ModelQuestion } from './check-models';
import { checkActive, timeOf, windowCheck } from './check-topic';

/** Who takes part, and how its models are tried. */
export interface Seat extends Participant {
  models(question: ModelQuestion): Promise<Check[]>;
}

/** Of the whole configuration. */
export function seatsOf({ config }: LoadedConfig, accounts: Accounts): Seat[] {
  return [
    ...config.workers.map((worker) => ({
      ...{ topicId: worker.topicId, role: 'worker' as const, minStakeUallo: 0n },
      address: accountOf(accounts, worker.identity).address,
      models: (question: ModelQuestion) => checkWorkerModels(worker, question),
    })),
    ...config.reputers.map((reputer) => ({
      ...{ topicId: reputer.topicId, role: 'reputer' as const, minStakeUallo: reputer.minStakeUallo },
      address: accountOf(accounts, reputer.identity).address,
      models: (question: ModelQuestion) => checkReputerModels(reputer, question),
    })),
  ];
}

/** Without a model everything else can still be looked at. */
export const bareSeat = (who: Participant): Seat => ({
  ...who,
  models: () => Promise.resolve([skipped('model', 'none was named; see --help for how')]),
});

interface Examined {
  readonly client: AlloraClient;
  readonly loaded: Pick<LoadedConfig, 'config' | 'baseDir'>;
  readonly env: NodeJS.ProcessEnv;
}

/** Money, registration, topic, window and model of each, one after another. */
export async function examineAll(seats: readonly Seat[], examined: Examined): Promise<Check[]> {
  const checks: Check[] = [];
  for (const seat of seats) {
    const { address, role, topicId } = seat;
    const found = await examine(seat, examined);
    checks.push(...found.map((check) => ({ ...check, facts: { ...check.facts, address, role, topicId } })));
  }
  return checks;
}

const AGAIN = 'Try again; if it stays, ask the operator of the network.';

async function examine(seat: Seat, { client, loaded, env }: Examined): Promise<Check[]> {
  const { topicId, role, address } = seat;
  const topic = await client.topic(topicId).catch(() => null);
  if (!topic)
    return [failed('topic', `there is no topic ${topicId}`, 'See those there are: allora topics list')];
  const time = await timeOf(client, topic);
  const context: ModelContext = {
    ...{ client, log: silentLog, baseDir: loaded.baseDir },
    env: modelEnv(loaded.config, env),
  };
  return [
    await guarded('topic', AGAIN, () => checkActive(client, topic)),
    await guarded('balance', AGAIN, () => checkBalance(client, seat)),
    await guarded('registration', AGAIN, () => checkRegistration(client, seat)),
    ...(role === 'reputer' ? [await guarded('stake', AGAIN, () => checkStake(client, seat))] : []),
    windowCheck(time),
    ...(await seat.models({ topic, time, address, context, limits: loaded.config.limits })),
  ];
}
