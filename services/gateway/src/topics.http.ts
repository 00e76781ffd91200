import { RefusalError } from '@allora/contracts/errors';
import type { Topic } from '@allora/contracts/gen/allora/topics/v1/topics';
import { topicIdText } from '@allora/service-kit/form';
import { ZodPipe } from '@allora/service-kit/zod.pipe';
import { Controller, Get, Header, Param, Query } from '@nestjs/common';
import type { z } from 'zod';
import { epochView, knownKinds } from './epoch-view';
import { EpochWaits } from './epoch-waits';
import { FactsStore } from './facts.store';
import { KnownTopics } from './known-topics';
import { LatestInferences } from './latest-inferences';
import { furthestKind } from './proto';
import { epochQuery, epochsQuery, nonceText, topicsQuery } from './requests';
import { type KnownTopic, type OpenWindow, TopicsStore } from './topics.store';

/** In a topic with a reveal window workers commit from the nonce on, and reveal in a window that opens after it. */
function stageOf(
  { params }: Topic,
  { nonce, role, openedHeight }: Pick<OpenWindow, 'nonce' | 'role' | 'openedHeight'>,
): 'submit' | 'commit' | 'reveal' {
  if (role !== 'worker' || !params?.revealWindowBlocks) return 'submit';
  return openedHeight > nonce ? 'reveal' : 'commit';
}

const topicView = ({ topic, latestNonce }: KnownTopic, windows: readonly OpenWindow[]) => ({
  ...topic,
  latestNonce,
  openWindows: windows
    .filter(({ topicId }) => topicId === topic.id)
    .map(({ nonce, role, openedHeight, closesHeight }) => ({
      nonce,
      role,
      stage: stageOf(topic, { nonce, role, openedHeight }),
      openedHeight,
      closesHeight,
    })),
});

@Controller('v1/topics')
export class TopicsHttp {
  constructor(
    private readonly topics: TopicsStore,
    private readonly known: KnownTopics,
    private readonly facts: FactsStore,
    private readonly latest: LatestInferences,
    private readonly waits: EpochWaits,
  ) {}

  @Get()
  async list(@Query(new ZodPipe(topicsQuery)) query: z.output<typeof topicsQuery>) {
    const topics = await this.topics.list(query);
    const windows = await this.topics.openWindows(topics.map(({ topic }) => topic.id));
    return { topics: topics.map((topic) => topicView(topic, windows)) };
  }

  @Get(':id')
  async topic(@Param('id', new ZodPipe(topicIdText)) topicId: number) {
    return topicView(await this.known.require(topicId), await this.topics.openWindows([topicId]));
  }

  @Get(':id/inference')
  @Header('content-type', 'application/json; charset=utf-8')
  async inference(@Param('id', new ZodPipe(topicIdText)) topicId: number): Promise<string> {
    const body = await this.latest.read(topicId);
    if (body !== undefined) return body;
    await this.known.require(topicId);
    throw new RefusalError('NO_INFERENCE_YET', `topic ${topicId} has no network inference yet`, { topicId });
  }

  @Get(':id/epochs')
  async epochs(
    @Param('id', new ZodPipe(topicIdText)) topicId: number,
    @Query(new ZodPipe(epochsQuery)) query: z.output<typeof epochsQuery>,
  ) {
    const epochs = await this.facts.epochs(topicId, query);
    if (epochs.length === 0) await this.known.require(topicId);
    return { topicId, epochs: epochs.map(({ nonce, kinds }) => ({ nonce, status: furthestKind(kinds) })) };
  }

  @Get(':id/epochs/:nonce')
  async epoch(
    @Param('id', new ZodPipe(topicIdText)) topicId: number,
    @Param('nonce', new ZodPipe(nonceText)) nonce: number,
    @Query(new ZodPipe(epochQuery)) { waitFor, timeoutMs }: z.output<typeof epochQuery>,
  ) {
    const look = () => this.facts.epoch(topicId, nonce);
    const first = await look();
    if (knownKinds(first).length === 0) await this.known.require(topicId);
    const facts =
      waitFor === undefined || first[waitFor]
        ? first
        : await this.waits.until({
            topicId,
            nonce,
            timeoutMs,
            look,
            satisfied: (seen) => seen[waitFor] !== undefined,
          });
    if (knownKinds(facts).length === 0) {
      throw new RefusalError('UNKNOWN_EPOCH', `topic ${topicId} has no epoch ${nonce}`, { topicId, nonce });
    }
    return epochView(topicId, nonce, facts);
  }
}
