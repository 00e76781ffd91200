/** Metrics by topic show so many topics, the first that come: each is a time series, and anyone may create topics. */
export const maxTopicSeries = 200;

/** Which topics a process shows. */
export class TopicSeries {
  private readonly shown = new Set<number>();

  constructor(private readonly max = maxTopicSeries) {}

  has(topicId: number): boolean {
    if (this.shown.has(topicId)) return true;
    if (this.shown.size >= this.max) return false;
    this.shown.add(topicId);
    return true;
  }
}
