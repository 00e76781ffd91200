import type { RequestMetrics } from './metrics';

type Series = ReturnType<RequestMetrics['http']['labels']>;

/** Where a request's duration is observed, by its method, the pattern of its route and its status. */
export type Durations = (method: string, route: string, status: number) => Series;

/** A series is looked up by its labels once; that costs more than to observe. There are as many as routes have answers. */
export function durationsOf(http: RequestMetrics['http']): Durations {
  const known = new Map<string, Series>();
  return (method, route, status) => {
    const name = `${status} ${method} ${route}`;
    let series = known.get(name);
    if (!series) known.set(name, (series = http.labels({ method, route, status })));
    return series;
  };
}
