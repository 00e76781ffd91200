import { RefusalError } from '@allora/contracts/errors';
import { getParticipant } from '@allora/public-api/routes/participants';
import { ZodPipe } from '@allora/service-kit/zod.pipe';
import { Controller, Get, Param, UseInterceptors } from '@nestjs/common';
import type { z } from 'zod';
import { ConditionalAnswers } from './conditional.interceptor';
import { FactsStore } from './facts.store';
import { ParticipantsStore } from './participants.store';
import { participantEpochs, standingView } from './participant-view';
import { shadowView } from './shadow-view';
import { ShadowsStore } from './shadows.store';

const EPOCHS_SHOWN = 10;
/** Topics whose latest epochs are shown: an address may be in very many. */
const TOPICS_SHOWN = 20;

@Controller('v1/participants')
@UseInterceptors(ConditionalAnswers)
export class ParticipantsHttp {
  constructor(
    private readonly participants: ParticipantsStore,
    private readonly shadows: ShadowsStore,
    private readonly facts: FactsStore,
  ) {}

  @Get(':address')
  async participant(
    @Param(new ZodPipe(getParticipant.params)) { address }: z.output<typeof getParticipant.params>,
  ) {
    const registrations = await this.participants.registrations(address);
    const standings = await this.participants.standings(address);
    if (registrations.length === 0 && standings.length === 0) {
      throw new RefusalError('UNKNOWN_PARTICIPANT', `nothing is known of ${address}`, { address });
    }
    const topicIds = [...new Set(standings.map(({ topicId }) => Number(topicId)))].slice(-TOPICS_SHOWN);
    const epochs = [];
    for (const topicId of topicIds) {
      const results = await this.facts.latestResults(topicId, EPOCHS_SHOWN);
      epochs.push(
        ...results.flatMap(({ nonce, facts }) => participantEpochs(address, topicId, nonce, facts)),
      );
    }
    return {
      address,
      registrations: registrations.map(({ topicId, role, height, shadow }) => ({
        topicId: Number(topicId),
        role,
        height: Number(height),
        shadow,
      })),
      standings: standings.map(standingView),
      shadows: (await this.shadows.list({ address })).map(shadowView),
      epochs,
    };
  }
}
