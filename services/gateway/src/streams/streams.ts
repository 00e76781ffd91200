import { EventFeed } from './event-feed';
import { StreamHub } from './stream-hub';
import { StreamLimits } from './stream-limits';
import { StreamMetrics } from './stream-metrics';
import { StreamStore } from './stream.store';
import { StreamsHttp } from './streams.http';

export const streamControllers = [StreamsHttp];
export const streamProviders = [StreamMetrics, StreamStore, StreamHub, StreamLimits, EventFeed];
