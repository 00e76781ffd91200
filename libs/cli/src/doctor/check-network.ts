import type { AlloraClient } from '@allora/sdk/client';
import { AlloraError } from '@allora/sdk/errors';
import { type Check, failed, guarded, ok } from './check';

/** The header has whole seconds, and a window is seldom shorter: more than this off, and moments of data do not fit. */
const CLOCK_LIMIT_MS = 5_000;

interface NetworkQuestion {
  readonly url: string;
  readonly client: AlloraClient;
  readonly chainId: string | undefined;
  readonly now: () => number;
}

/** Connection, chain and clock. */
export async function checkNetwork({ url, client, chainId: wanted, now }: NetworkQuestion): Promise<Check[]> {
  const remedy =
    'Check the address (--url or ALLORA_URL) and that the network runs; `npm start` starts one here.';
  let chainId: string;
  try {
    ({ chainId } = await client.network());
  } catch (error) {
    const detail = error instanceof AlloraError ? error.detail : String(error);
    return [failed('connection', detail, remedy, { url })];
  }
  const chain =
    wanted === undefined || wanted === chainId
      ? ok('chain', chainId, { chainId })
      : failed(
          'chain',
          `the network is ${chainId}, not ${wanted}`,
          'Correct --url, or the chain id that you expect.',
          { chainId },
        );
  return [
    ok('connection', `${url} answers`, { url }),
    chain,
    await guarded('clock', remedy, () => checkClock(url, now)),
  ];
}

async function checkClock(url: string, now: () => number): Promise<Check> {
  const askedMs = now();
  const response = await fetch(`${url}/v1/network`, { signal: AbortSignal.timeout(CLOCK_LIMIT_MS) });
  await response.text();
  const atMs = Date.parse(response.headers.get('date') ?? '');
  const halfwayMs = (askedMs + now()) / 2;
  if (Number.isNaN(atMs)) return ok('clock', "the network's answer tells no time; not compared");
  // The header is cut to the second: on average half of one is lost.
  const offMs = Math.round(halfwayMs - (atMs + 500));
  const detail = `${(offMs / 1000).toFixed(1)} s ahead of the network's`;
  if (Math.abs(offMs) <= CLOCK_LIMIT_MS) return ok('clock', detail, { offMs });
  return failed('clock', detail, 'Set the clock of this machine (NTP): data is told by its time.', { offMs });
}
