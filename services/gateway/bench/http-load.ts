import autocannon from 'autocannon';

export interface Load {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

interface Asked {
  readonly url: string;
  readonly connections: number;
  readonly durationMs: number;
}

/** Each connection asks again when it has its answer. Latencies in milliseconds. */
export async function getAgainAndAgain({ url, connections, durationMs }: Asked): Promise<Load> {
  const latencies: number[] = [];
  const {
    non2xx,
    errors,
    duration,
    '2xx': answers,
  } = await autocannon({
    ...{ url, connections, duration: durationMs / 1_000 },
    // Its own figures are whole milliseconds.
    setupClient: (client) => client.on('response', (_status, _bytes, latencyMs) => latencies.push(latencyMs)),
  });
  if (non2xx > 0 || errors > 0)
    throw new Error(`${non2xx} answers of ${url} are no 2xx, ${errors} requests failed`);
  const { p50, p99 } = percentiles(latencies);
  return { perSecond: answers / duration, p50, p99 };
}

export function percentiles(values: readonly number[]): { p50: number; p99: number } {
  const sorted = Float64Array.from(values).sort();
  const at = (portion: number) => sorted[Math.floor((sorted.length - 1) * portion)] ?? NaN;
  return { p50: at(0.5), p99: at(0.99) };
}
