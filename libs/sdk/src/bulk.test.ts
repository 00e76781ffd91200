import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { accountFromKey } from '@allora/identity/account';
import { AnsweringServer, type Answer, json } from '../test/answering-server';
import { createClient } from './client';

const account = accountFromKey(new Uint8Array(32).fill(7));
let server: AnsweringServer;

beforeEach(async () => {
  server = new AnsweringServer();
  await server.open();
});
afterEach(() => server.close());

const open = (maxRetries?: number) =>
  createClient({
    baseUrl: server.url,
    chainId: 'test-1',
    random: () => 0,
    ...(maxRetries === undefined ? {} : { maxRetries }),
  });
const inferences = (count: number, topicOf = (_i: number) => 1) =>
  Array.from({ length: count }, (_, i) => ({
    account,
    request: { topicId: topicOf(i), nonce: 5, value: String(i) },
  }));

interface SentItem {
  readonly value: string;
}
const itemsOf = (text: string) => (JSON.parse(text) as { items: SentItem[] }).items;
const receiptOf = (value: string) => ({
  hash: value,
  topicId: 1,
  nonce: 5,
  author: 'a',
  logPartition: 0,
  logOffset: 1,
});

/** A receipt for each, with its value as hash; but what `judge` gives instead. */
const receipts =
  (judge: (value: string) => object | undefined = () => undefined): Answer =>
  ({ text }, response) => {
    const results = itemsOf(text).map(
      ({ value }) => judge(value) ?? { status: 202, receipt: receiptOf(value) },
    );
    json(200, { results })({} as never, response);
  };
const busy = { status: 503, problem: { code: 'UNAVAILABLE', detail: 'full', retryAfterSeconds: 0.2 } };
const closed = { status: 409, problem: { code: 'WINDOW_CLOSED', detail: 'closed', height: 9 } };

describe('submissions in bulk', () => {
  it('go in thousands, by topic, and are answered in their order', async () => {
    server.answers = [receipts()];
    const all = inferences(2_300, (i) => (i % 23 === 0 ? 2 : 1));
    const outcomes = await open().submitInferences(all);
    expect(outcomes.map(({ receipt }) => receipt?.hash)).toEqual(all.map(({ request }) => request.value));
    expect(server.seen.map(({ path, text }) => [path.split('/')[3], itemsOf(text).length])).toEqual([
      ['1', 1_000],
      ['1', 1_000],
      ['2', 100],
      ['1', 200],
    ]);
    expect(server.seen[0]!.path).toBe('/v1/topics/1/inferences/bulk');
  });

  it('are refused one by one', async () => {
    server.answers = [receipts((value) => (value === '1' ? closed : undefined))];
    const outcomes = await open().submitInferences(inferences(3));
    expect(outcomes.map(({ receipt }) => receipt?.hash)).toEqual(['0', undefined, '2']);
    expect(outcomes[1]!.refusal).toMatchObject({ code: 'WINDOW_CLOSED', status: 409, facts: { height: 9 } });
    expect(server.seen).toHaveLength(1);
  });

  it('that were refused for now come again, alone, in the same bytes, and not too soon', async () => {
    server.answers = [receipts((value) => (value === '1' ? busy : undefined)), receipts()];
    const outcomes = await open().submitInferences(inferences(3));
    expect(outcomes.map(({ receipt }) => receipt?.hash)).toEqual(['0', '1', '2']);
    const [first, second] = server.seen;
    expect(itemsOf(second!.text)).toEqual([itemsOf(first!.text)[1]]);
    expect(second!.atMs - first!.atMs).toBeGreaterThanOrEqual(190);
  });

  it('tell of each when the whole request fails, and keep the answers of the others', async () => {
    const away = json(503, { code: 'UNAVAILABLE', detail: 'away' });
    server.answers = [receipts(), away];
    const outcomes = await open(1).submitInferences(inferences(1_002));
    expect(outcomes.filter(({ receipt }) => receipt !== null)).toHaveLength(1_000);
    expect(outcomes.slice(1_000).map(({ refusal }) => refusal?.code)).toEqual(['UNAVAILABLE', 'UNAVAILABLE']);
    expect(server.seen).toHaveLength(3);
  });

  it('of nobody ask nobody', async () => {
    expect(await open().submitForecasts([])).toEqual([]);
    expect(server.seen).toHaveLength(0);
  });

  it('do not believe an answer with too few results', async () => {
    server.answers = [json(200, { results: [] })];
    const [outcome] = await open().submitInferences(inferences(1));
    expect(outcome!.refusal?.code).toBe('UNREADABLE_ANSWER');
  });
});
