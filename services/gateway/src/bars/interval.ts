import { clamp } from '@allora/protocol/numeric';

const UNIT_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** The length of a bar: of time, or of epochs. */
export type BarInterval = { readonly ms: number } | { readonly epochs: number };

/** Of a text that the request's schema has let through. */
export function barInterval(text: string): BarInterval {
  const count = Number.parseInt(text, 10);
  if (text.endsWith('epochs')) return { epochs: count };
  return { ms: count * UNIT_MS[text.at(-1) as keyof typeof UNIT_MS] };
}

export interface BarRow {
  readonly bucket: bigint;
  readonly first_ms: bigint;
  readonly last_ms: bigint;
  readonly first_nonce: bigint;
  readonly last_nonce: bigint;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly mean: number;
  readonly count: number;
  readonly width: number | null;
}

/** A bar as it is told; `bucketMs` is the length of its bucket in time, null when it is made of epochs. */
export function barView(row: BarRow, bucketMs: number | null) {
  const { open, high, low, close, mean, count, width } = row;
  const start = bucketMs === null ? null : Number(row.bucket) * bucketMs;
  return {
    fromMs: start,
    toMs: start === null || bucketMs === null ? null : start + bucketMs,
    fromNonce: Number(row.first_nonce),
    toNonce: Number(row.last_nonce),
    firstMs: Number(row.first_ms),
    lastMs: Number(row.last_ms),
    open,
    high,
    low,
    close,
    mean: clamp(mean, low, high),
    count,
    intervalWidth: width,
  };
}
