/** Between which times something counts, in ISO form; null where there is no end. */
export interface Validity {
  readonly from: string | null;
  readonly until: string | null;
}

/** A key of the network beside the one that signs here, and when the network signs with it. */
export interface PublishedKey extends Validity {
  /** Compressed, lower-case hex. */
  readonly publicKey: string;
}

const isoTime = String.raw`\d{4}-\d\d-\d\dT[\d:.]+Z`;
const form = new RegExp(`^([^@]+)(?:@(${isoTime})?/(${isoTime})?)?$`);

/** Of a text `what@from/until`, either end left out where there is none; undefined for another form, or a time that is none. */
export function readValidity(text: string): (Validity & { readonly what: string }) | undefined {
  const [, what, from = null, until = null] = form.exec(text) ?? [];
  const isTime = (time: string | null) => time === null || !Number.isNaN(Date.parse(time));
  return what !== undefined && isTime(from) && isTime(until) ? { what, from, until } : undefined;
}

/** Of a text `hex@from/until`; undefined for what is none. */
export function readPublishedKey(text: string): PublishedKey | undefined {
  const read = readValidity(text);
  if (!read || !/^0[23][0-9a-f]{64}$/.test(read.what)) return undefined;
  return { publicKey: read.what, from: read.from, until: read.until };
}

export const isValidAt = ({ from, until }: Validity, nowMs: number): boolean =>
  (from === null || Date.parse(from) <= nowMs) && (until === null || nowMs <= Date.parse(until));
