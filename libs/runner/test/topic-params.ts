import { TopicParams } from '@allora/contracts/gen/allora/topics/v1/topics';

export const topicParams = (change: Partial<TopicParams> = {}): TopicParams =>
  TopicParams.fromPartial({
    epochLengthBlocks: 10,
    workerWindowBlocks: 4,
    groundTruthLagBlocks: 10,
    ...change,
  });
