import { listDeadLetters, type ListedLetter } from '../../../../deploy/dead-letters/operations';
import type { Fleet } from './fleet';

/** What any service of the fleet has put aside. */
export async function givenUp(fleet: Fleet): Promise<ListedLetter[]> {
  const lists = fleet.replicas.map(({ httpUrl }) => listDeadLetters({ url: httpUrl }, { limit: 100 }));
  return (await Promise.all(lists)).flat();
}
