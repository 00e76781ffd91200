import type { RunnerStatus } from '@allora/runner/run/runner';
import { StatusBook } from '@allora/runner/status/status-book';
import { expect, it } from 'vitest';
import { styleFor } from './format';
import { newsText, RunNews } from './run-news';

const book = new StatusBook({ role: 'worker', topicId: 1, address: 'allo1me' });
const news = new RunNews();
const plain = styleFor(false, {});

/** What is new since the last time. */
const told = (): string[] => {
  const status: RunnerStatus = {
    network: { url: '', chainId: null },
    dryRun: false,
    startedAtMs: 0,
    healthy: true,
    participants: [book.status()],
  };
  return news.from(status).map((one) => newsText(one, plain));
};
const result = { active: null, weight: null, score: null, emaScore: null, rewardUallo: null, final: false };

it('tells the way of an answer to its payment, each step once', () => {
  book.setState('running');
  expect(told()).toEqual(['worker of topic 1: running']);
  book.opened(31, 0);
  book.part(31, 'inference', { state: 'accepted', value: '2044.1' });
  expect(told()).toEqual(['topic 1  epoch 31: inference 2044.1 accepted']);
  book.closed(31);
  book.result(31, result);
  expect(told()).toEqual([]);
  book.result(31, { ...result, active: true, weight: 0.25 });
  expect(told()).toEqual(['topic 1  epoch 31: in the set, weight 0.25']);
  book.result(31, { ...result, active: true, weight: 0.25, score: 0.5 });
  expect(told()).toEqual(['topic 1  epoch 31: scored 0.5']);
  const paid = { active: true, weight: 0.25, score: 0.5, rewardUallo: '120000000000000007', final: true };
  book.result(31, { ...result, ...paid });
  expect(told()).toEqual(['topic 1  earned 0.12 ALLO for epoch 31']);
  expect(told()).toEqual([]);
});

it('says where to look when there was nothing to earn', () => {
  const closed = (nonce: number, end: object): void => {
    book.opened(nonce, 0);
    book.part(nonce, 'inference', { state: 'accepted', value: '1' });
    book.closed(nonce);
    book.result(nonce, { ...result, ...end, final: true });
  };
  closed(41, { active: false, rewardUallo: '0' });
  expect(told().at(-1)).toBe('topic 1  epoch 41: came to nothing, as it was not in the set');
  closed(51, { active: true, score: -1, rewardUallo: '0' });
  expect(told().at(-1)).toBe(
    'topic 1  earned nothing for epoch 51: allora rewards explain --topic 1 --nonce 51',
  );
  closed(61, { active: true, score: -1, rewardUallo: '70' });
  expect(told().at(-1)).toBe('topic 1  earned 70 uallo for epoch 61');
});
