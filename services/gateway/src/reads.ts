import { BarsStore } from './bars/bars.store';
import { EpochsHttp } from './epochs.http';
import { HistoryFill } from './history/history-fill';
import { HistoryStore } from './history/history.store';
import { InferenceReads } from './inference-reads';
import { InferencesHttp } from './inferences.http';
import { AllowedMethods } from './openapi/allowed-methods';
import { DocsHttp } from './openapi/docs.http';
import { OpenApiHttp } from './openapi/openapi.http';
import { TopicReads } from './topic-reads';
import { TopicsHttp } from './topics.http';

export const readControllers = [TopicsHttp, InferencesHttp, EpochsHttp, OpenApiHttp, DocsHttp];
export const readProviders = [
  TopicReads,
  InferenceReads,
  HistoryStore,
  HistoryFill,
  BarsStore,
  AllowedMethods,
];
