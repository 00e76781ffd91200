import { Injectable } from '@nestjs/common';
import { KnownTopics } from './known-topics';
import { type TopicView, topicView } from './topic-view';
import { type TopicFilter, TopicsStore } from './topics.store';

/** What is read of topics, however it is asked for. */
@Injectable()
export class TopicReads {
  constructor(
    private readonly topics: TopicsStore,
    private readonly known: KnownTopics,
  ) {}

  /** `next` is the `after` of the page behind it; null on the last one. */
  async list(filter: TopicFilter): Promise<{ topics: TopicView[]; next: number | null }> {
    const found = await this.topics.list({ ...filter, limit: filter.limit + 1 });
    const shown = found.slice(0, filter.limit);
    const windows = await this.topics.openWindows(shown.map(({ topic }) => topic.id));
    const next = found.length > shown.length ? (shown.at(-1)?.topic.id ?? null) : null;
    return { topics: shown.map((topic) => topicView(topic, windows)), next };
  }

  async one(topicId: number): Promise<TopicView> {
    return topicView(await this.known.require(topicId), await this.topics.openWindows([topicId]));
  }
}
