import { afterEach, expect, test } from 'vitest';
import { currentWork, keepWork, within, workFacts } from './work';

afterEach(() => keepWork('on', false));

const seen = () => within({ requestId: 'r-1', nonce: 7 }, () => [currentWork()?.requestId, workFacts()]);
const isCheap = Number(process.versions.node.split('.', 1)[0]) >= 24;

test('what is begun within a work knows it, behind awaits too', async () => {
  expect(seen()).toEqual(['r-1', { requestId: 'r-1', nonce: 7 }]);
  const later = await within({ topicId: 3 }, async () => {
    await Promise.resolve();
    return workFacts();
  });
  expect(later).toEqual({ topicId: 3 });
  expect(workFacts()).toEqual({});
});

test.each([
  ['on', false, true],
  ['on', true, true],
  ['off', true, false],
  ['auto', true, true],
  ['auto', false, isCheap],
] as const)('%s, traced: %s', (setting, isTraced, isKept) => {
  keepWork(setting, isTraced);
  expect(seen()[0]).toBe(isKept ? 'r-1' : undefined);
});
