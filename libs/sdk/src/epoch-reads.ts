import { z } from 'zod';
import { read } from './decode';
import type { Link } from './link';

/** An epoch in a list: `epoch` tells everything of one. */
export interface EpochOverview {
  readonly nonce: number;
  /** The furthest that it has come, such as `worker_window_closed` or `rewards`; null where nothing is told yet. */
  readonly status: string | null;
}

export interface EpochsOptions {
  /** Epochs before this nonce. */
  readonly before?: number;
  /** 20 unless told, 500 at most. */
  readonly limit?: number;
}

export interface EpochReads {
  /** One page, newest first. The next one is `before` the last nonce of it. */
  epochs(topicId: number, options?: EpochsOptions): Promise<EpochOverview[]>;
  /** All of them, page by page, newest first. */
  allEpochs(topicId: number, options?: EpochsOptions): AsyncIterable<EpochOverview>;
}

const PAGE = 500;

const shape = z.object({
  epochs: z.array(z.object({ nonce: z.number(), status: z.string().nullable() })),
});

export function epochReads({ urls, get }: Link): EpochReads {
  const epochs = async (topicId: number, { before, limit }: EpochsOptions = {}): Promise<EpochOverview[]> => {
    const query = new URLSearchParams({
      ...(limit === undefined ? {} : { limit: String(limit) }),
      ...(before === undefined ? {} : { before: String(before) }),
    });
    const asked = query.size === 0 ? '' : `?${query}`;
    return read(shape, await get(`${urls.gateway}/v1/topics/${topicId}/epochs${asked}`)).epochs;
  };
  return {
    epochs,
    async *allEpochs(topicId, { before, limit = PAGE } = {}) {
      for (let cursor = before; ;) {
        const page = await epochs(topicId, { limit, ...(cursor === undefined ? {} : { before: cursor }) });
        yield* page;
        const last = page.at(-1);
        if (last === undefined || page.length < limit) return;
        cursor = last.nonce;
      }
    },
  };
}
