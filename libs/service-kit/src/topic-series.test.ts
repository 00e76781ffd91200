import { expect, test } from 'vitest';
import { TopicSeries } from './topic-series';

test('shows the first topics that come, and those for good', () => {
  const series = new TopicSeries(2);
  expect([7, 3, 9, 7, 3].map((topicId) => series.has(topicId))).toEqual([true, true, false, true, true]);
});
