import type { UnitOfWork } from '@allora/bus/service-bus';
import { busTopics } from '@allora/contracts/catalog';
import { ForecastSet, InferenceSet } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import { EpochScores, NetworkLosses } from '@allora/contracts/gen/allora/reputation/v1/reputation';
import { EpochRewards } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import { NetworkInference, RegretsUsed } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import { nextSynthesisStep, type SynthesisInput } from '@allora/protocol/epoch/next-synthesis-step';
import { regretParams } from '@allora/protocol/epoch/stage-params';
import { updateRegrets } from '@allora/protocol/regret/regrets';
import { Injectable } from '@nestjs/common';
import { joinSets, selectWorkers, synthesisInput, synthesizeEpoch } from './epoch';
import { type InputPart, InputsStore } from './inputs.store';
import { SynthesisMetrics } from './metrics';
import { alignLosses, paidWorkers } from './proto';
import { regretsUsed } from './regrets-used';
import { RegretsStore } from './regrets.store';
import { answerShadows, learnShadows, shadowsOf } from './shadows';
import { TopicsStore, type TopicState } from './topics.store';
import { WorkerRole, WorkersStore } from './workers.store';

/** Takes a topic as far as what has arrived allows, in nonce order. */
@Injectable()
export class TopicAdvance {
  constructor(
    private readonly inputs: InputsStore,
    private readonly topics: TopicsStore,
    private readonly workers: WorkersStore,
    private readonly regrets: RegretsStore,
    private readonly metrics: SynthesisMetrics,
  ) {}

  async accept(input: SynthesisInput, record: InputPart, unit: UnitOfWork): Promise<void> {
    let topic = await this.topics.load(unit.tx, record.topicId);
    const used = usedNonce(topic, input);
    if (used !== null && record.nonce <= used) return;
    await this.inputs.put(unit.tx, input, record);
    for (;;) {
      const step = nextSynthesisStep(await this.inputs.heads(unit.tx, topic.topicId), topic);
      if (step.kind === 'wait') break;
      if (step.kind === 'synthesise') topic = await this.synthesise(topic, step.nonce, unit);
      else if (step.kind === 'apply_scores') topic = await this.applyScores(topic, step.nonce, unit);
      else if (step.kind === 'apply_rewards') topic = await this.applyRewards(topic, step.nonce, unit);
      else topic = await this.applyLosses(topic, step.nonce, unit);
    }
    await this.topics.save(unit.tx, topic);
  }

  private async synthesise(topic: TopicState, nonce: number, unit: UnitOfWork): Promise<TopicState> {
    const stopTimer = this.metrics.synthesisSeconds.startTimer();
    const { topicId } = topic;
    const { tx } = unit;
    const inferenceSet = await this.inputs.take(tx, topicId, 'inference_set', nonce);
    const forecastSet = await this.inputs.take(tx, topicId, 'forecast_set', nonce);
    const inferenceParts = inferenceSet.map((part) => InferenceSet.decode(part));
    const forecastParts = forecastSet.map((part) => ForecastSet.decode(part));
    const sets = joinSets(inferenceParts, forecastParts);
    const inferers = sets.inferences.map(({ inferer }) => inferer);
    const forecasters = sets.forecasts.map(({ forecaster }) => forecaster);
    const infererEma = await this.workers.emaScores(tx, topicId, WorkerRole.INFERER, inferers);
    const workers = selectWorkers(sets, {
      inferers: infererEma,
      forecasters: await this.workers.emaScores(tx, topicId, WorkerRole.FORECASTER, forecasters),
    });
    const regrets = await this.regrets.load(tx, {
      topicId,
      inferers: workers.inferers.active.map(({ id }) => id),
      forecasters: workers.forecasts.map(({ forecaster }) => forecaster),
    });
    const { networkLoss, initialRegret } = topic;
    const learnt = { networkLoss, initialRegret, regrets };
    const shadows = shadowsOf(inferenceParts, forecastParts);
    const inference = {
      ...synthesizeEpoch(sets, workers, learnt),
      ...answerShadows(shadows, synthesisInput(workers, learnt), {
        params: sets.params,
        infererEma,
        regrets: await this.regrets.loadShadows(tx, topicId, {
          inferers: shadows.inferences.map(({ inferer }) => inferer),
          forecasters: shadows.forecasts.map(({ forecaster }) => forecaster),
        }),
      }),
    };
    await this.topics.keepInference(
      tx,
      { topicId, nonce },
      {
        inference: NetworkInference.encode(inference).finish(),
        regrets: RegretsUsed.encode(regretsUsed(regrets)).finish(),
      },
    );
    await unit.publish(busTopics.networkInferences, inference);
    stopTimer();
    this.metrics.countInference(inference);
    return { ...topic, synthesisedNonce: nonce };
  }

  private async applyScores(topic: TopicState, nonce: number, { tx }: UnitOfWork): Promise<TopicState> {
    const scores = EpochScores.decode(await this.takeOne(topic, 'epoch_scores', nonce, tx));
    const told = [
      ...scores.inferers.map((score) => ({ role: WorkerRole.INFERER, ...score })),
      ...scores.forecasters.map((score) => ({ role: WorkerRole.FORECASTER, ...score })),
    ].flatMap(({ role, participant, emaScore }) =>
      emaScore === undefined ? [] : [{ role, worker: participant, emaScore }],
    );
    await this.workers.saveEmaScores(tx, topic.topicId, told);
    return { ...topic, scoresNonce: nonce };
  }

  private async applyRewards(topic: TopicState, nonce: number, { tx }: UnitOfWork): Promise<TopicState> {
    const rewards = EpochRewards.decode(await this.takeOne(topic, 'epoch_rewards', nonce, tx));
    await this.workers.countInclusions(tx, topic.topicId, paidWorkers(rewards));
    return { ...topic, rewardsNonce: nonce };
  }

  private async applyLosses(topic: TopicState, nonce: number, { tx }: UnitOfWork): Promise<TopicState> {
    const message = NetworkLosses.decode(await this.takeOne(topic, 'network_losses', nonce, tx));
    const losses = alignLosses(message);
    if (!losses) return { ...topic, lossesNonce: nonce };
    if (!message.params) throw new Error('network losses carry the rules of their topic');
    const { inferers, forecasters, bundle } = losses;
    const { topicId } = topic;
    const previous = await this.regrets.load(tx, { topicId, inferers, forecasters });
    const next = updateRegrets(
      {
        inferers,
        forecasters,
        networkLosses: bundle,
        previousRegrets: previous,
        initialRegret: topic.initialRegret,
        infererInclusions: await this.workers.inclusions(tx, topicId, WorkerRole.INFERER, inferers),
        forecasterInclusions: await this.workers.inclusions(tx, topicId, WorkerRole.FORECASTER, forecasters),
      },
      regretParams(message.params),
    );
    await this.regrets.save(tx, { topicId, inferers, forecasters }, previous, next.regrets);
    await this.learnShadows(topic, message, tx);
    this.metrics.regretUpdates.inc();
    return { ...topic, lossesNonce: nonce, networkLoss: bundle.combined, initialRegret: next.initialRegret };
  }

  private async learnShadows(
    { topicId, initialRegret }: TopicState,
    { params, ...losses }: NetworkLosses,
    tx: UnitOfWork['tx'],
  ): Promise<void> {
    const before = await this.regrets.loadShadows(tx, topicId, {
      inferers: losses.shadowInferers.map(({ worker }) => worker),
      forecasters: losses.shadowForecasters.map(({ worker }) => worker),
    });
    const { alphaRegret } = params!;
    const learnt = learnShadows(losses, before, { initialRegret, alphaRegret });
    await this.regrets.saveShadows(tx, topicId, learnt);
  }

  private async takeOne(
    { topicId }: TopicState,
    input: SynthesisInput,
    nonce: number,
    tx: UnitOfWork['tx'],
  ): Promise<Uint8Array> {
    const [payload] = await this.inputs.take(tx, topicId, input, nonce);
    if (!payload) throw new Error(`${input} of topic ${topicId} at ${nonce} was pending and is gone`);
    return payload;
  }
}

/** Latest nonce of this input that has been used: a record told again is of no use. */
function usedNonce(topic: TopicState, input: SynthesisInput): number | null {
  switch (input) {
    case 'inference_set':
    case 'forecast_set':
      return topic.synthesisedNonce;
    case 'network_losses':
      return topic.lossesNonce;
    case 'epoch_scores':
      return topic.scoresNonce;
    case 'epoch_rewards':
      return topic.rewardsNonce;
  }
}
