import type { UnitOfWork } from '@allora/bus/service-bus';
import { busTopics } from '@allora/contracts/catalog';
import { LossSet } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import {
  EpochScores,
  EpochScoringInput,
  NetworkLosses,
} from '@allora/contracts/gen/allora/reputation/v1/reputation';
import { StakeSnapshot } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import { NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import { Log } from '@allora/service-kit/log';
import { Inject, Injectable } from '@nestjs/common';
import { REPUTATION_CONFIG, type ReputationConfig } from './config';
import { type InputPart, ScoringInputsStore } from './inputs.store';
import { ReputationMetrics } from './metrics';
import { nextEpoch, type ScoringInput } from './next-epoch';
import { joinLossSets } from './proto';
import { type EpochToScore, type ScoredEpoch, scoreEpoch } from './score-epoch';
import { scoringInput } from './scoring-input';
import { type EpochParticipants, StandingStore } from './standing.store';

/** Scores the epochs of a topic as their inputs become complete, strictly in nonce order. */
@Injectable()
export class TopicScoring {
  constructor(
    private readonly inputs: ScoringInputsStore,
    private readonly standings: StandingStore,
    private readonly metrics: ReputationMetrics,
    private readonly log: Log,
    @Inject(REPUTATION_CONFIG) private readonly config: Pick<ReputationConfig, 'minimumStakeUallo'>,
  ) {}

  async accept(input: ScoringInput, record: InputPart, unit: UnitOfWork): Promise<void> {
    const { scoredNonce } = await this.standings.loadTopic(unit.tx, record.topicId);
    if (scoredNonce !== null && record.nonce <= scoredNonce) return;
    await this.inputs.put(unit.tx, input, record);
    for (;;) {
      const nonce = nextEpoch(await this.inputs.heads(unit.tx, record.topicId));
      if (nonce === null) break;
      await this.score(record.topicId, nonce, unit);
    }
  }

  private async score(topicId: number, nonce: number, unit: UnitOfWork): Promise<void> {
    const stopTimer = this.metrics.scoringSeconds.startTimer();
    const epoch = await this.takeEpoch(topicId, nonce, unit);
    const standing = await this.standings.load(unit.tx, topicId, participantsOf(epoch));
    const scored = scoreEpoch(epoch, standing);
    const { losses, scores } = scored;
    await this.standings.save(unit.tx, scores, scored.quantiles);
    await this.standings.keepResult(unit.tx, {
      topicId,
      nonce,
      outcome: scores.outcome,
      losses: NetworkLosses.encode(losses).finish(),
      scores: EpochScores.encode(scores).finish(),
      input: EpochScoringInput.encode(scoringInput(epoch, standing, scored)).finish(),
    });
    await unit.publish(busTopics.networkLosses, losses);
    await unit.publish(busTopics.epochScores, scores);
    stopTimer();
    this.tell(scored);
  }

  private async takeEpoch(topicId: number, nonce: number, { tx }: UnitOfWork): Promise<EpochToScore> {
    const losses = await this.inputs.take(tx, topicId, 'loss_set', nonce);
    const [inference] = await this.inputs.take(tx, topicId, 'network_inference', nonce);
    const [stakes] = await this.inputs.take(tx, topicId, 'stake_snapshot', nonce);
    if (!inference || !stakes)
      throw new Error(`inputs of topic ${topicId} at ${nonce} were pending and are gone`);
    return {
      losses: joinLossSets(losses.map((part) => LossSet.decode(part))),
      inference: NetworkInference.decode(inference),
      stakes: StakeSnapshot.decode(stakes).stakes,
      minimumStakeUallo: this.config.minimumStakeUallo,
    };
  }

  private tell(scored: ScoredEpoch): void {
    this.metrics.countEpoch(scored);
    const { topicId, nonce } = scored.scores;
    for (const { code, message } of scored.refusals) {
      this.log.warn(
        { topicId, nonce, code, detail: message },
        'the protocol refused the losses of an epoch as reported',
      );
    }
  }
}

function participantsOf({ losses, inference }: EpochToScore): EpochParticipants {
  return {
    inferers: [
      ...inference.inferers.map(({ inferer }) => inferer),
      ...inference.passiveInferers.map(({ worker }) => worker),
    ],
    forecasters: [
      ...inference.forecasters.map(({ forecaster }) => forecaster),
      ...inference.passiveForecasters.map(({ worker }) => worker),
    ],
    reputers: losses.submissions.map(({ reputer }) => reputer),
  };
}
