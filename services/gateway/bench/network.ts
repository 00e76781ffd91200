import { createServiceBus } from '@allora/bus/create-service-bus';
import { createKafkaTransport } from '@allora/bus/kafka-transport';
import { busTopics } from '@allora/contracts/catalog';
import { InferenceMode, NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import { EpochEvent, EpochPhase, Topic, TopicParams } from '@allora/contracts/gen/allora/topics/v1/topics';
import { createAccount } from '@allora/identity/account';
import { DEFAULT_PARAMS } from '@allora/protocol/params';
import { emptyRegretTable, type RegretTable } from '@allora/protocol/regret/regret-table';
import { synthesize } from '@allora/protocol/synthesis/network-inference';
import { Log } from '@allora/service-kit/log';
import { MetricsRegistry } from '@allora/service-kit/metrics';
import { Database } from '@allora/store/database';

export const TOPIC_ID = 1;
const EPOCH_BLOCKS = 10;
const INFERERS = 32;
const FORECASTERS = 6;

const params = TopicParams.fromPartial({ epochLengthBlocks: EPOCH_BLOCKS, workerWindowBlocks: 5 });
const addresses = (count: number) => Array.from({ length: count }, () => createAccount().address).sort();
const inferers = addresses(INFERERS);
const forecasters = addresses(FORECASTERS);

/** Of as many digits as real ones, and never twice the same. */
const around = (centre: number, spread: number) => centre + spread * (Math.random() - 0.5);
const filled = <T>(rows: readonly T[]): T[] =>
  rows.map((entry) => (Array.isArray(entry) ? filled(entry) : around(0, 1)) as T);

/** A topic's epoch as synthesis tells it, with everything that reputers are sent. */
function inferenceOf(nonce: number): NetworkInference {
  const empty = emptyRegretTable(INFERERS, FORECASTERS);
  const regrets = Object.fromEntries(
    Object.entries(empty).map(([name, rows]) => [name, filled(rows)]),
  ) as unknown as RegretTable;
  const inferences = inferers.map(() => around(63_250, 400));
  const forecasts = forecasters.map(() => inferers.map(() => around(2, 3)));
  const given = { inferers, inferences, forecasters, forecasts, networkLoss: 2.25, initialRegret: -0.125 };
  const result = synthesize({ ...given, regrets }, DEFAULT_PARAMS);
  const known = (values: readonly (number | null)[] | null) => (values ?? []).map((value) => value ?? 0);
  return NetworkInference.fromPartial({
    ...{ topicId: TOPIC_ID, nonce, params, mode: InferenceMode.WEIGHTED },
    ...{ combined: result.combined, naive: result.naive, networkLoss: 2.25, initialRegret: -0.125 },
    inferers: inferers.map((inferer, j) => ({
      inferer,
      value: inferences[j]!.toFixed(6),
      weight: result.infererWeights?.[j],
      regret: regrets.inferer[j] ?? 0,
    })),
    forecasters: forecasters.map((forecaster, k) => ({
      forecaster,
      forecastImplied: result.forecastImplied[k] ?? 0,
      weight: result.forecasterWeights?.[k] ?? undefined,
      regret: regrets.forecaster[k] ?? 0,
    })),
    oneOutInferer: known(result.oneOutInferer),
    oneOutForecaster: known(result.oneOutForecaster),
    oneInForecaster: known(result.oneInForecaster),
    oneOutInfererForecastImplied: (result.oneOutInfererForecastImplied ?? []).map((row) => ({
      values: known(row),
    })),
    confidenceValues: [...result.confidenceValues],
    forecasts: forecasters.map((forecaster, k) => ({
      forecaster,
      elements: inferers.map((inferer, j) => ({ inferer, forecastLoss: forecasts[k]![j] ?? 0 })),
    })),
  });
}

export interface NetworkGiven {
  readonly databaseUrl: string;
  readonly kafkaBrokers: string;
  readonly topicPrefix: string;
}

/** The services that the gateway hears of a topic from. */
export class Network {
  private nonce = 0;

  private constructor(
    private readonly database: Database,
    private readonly transport: ReturnType<typeof createKafkaTransport>,
    private readonly bus: ReturnType<typeof createServiceBus>,
  ) {}

  static open({ databaseUrl, kafkaBrokers, topicPrefix }: NetworkGiven): Network {
    const log = Log.create({ name: 'bench', level: 'error', format: 'auto', destination: process.stderr });
    const database = Database.open({ url: databaseUrl, maxConnections: 2, name: 'bench' });
    const transport = createKafkaTransport({
      ...{ brokers: kafkaBrokers.split(','), clientId: 'bench', partitions: 1, prefix: topicPrefix },
      ...{ sessionTimeoutMs: 15_000, log },
    });
    const registry = new MetricsRegistry();
    const bus = createServiceBus({ service: 'synthesis', database, transport, registry, log });
    return new Network(database, transport, bus);
  }

  async tellTopic(): Promise<void> {
    const topic = Topic.fromPartial({ id: TOPIC_ID, creator: inferers[0], metadata: 'bench', params });
    await this.bus.append(busTopics.topics, [topic]);
  }

  /** A whole epoch up to its inference; returns its nonce and when the inference was handed to the log, by `clockMs`. */
  async tellEpoch(clockMs: () => number): Promise<{ nonce: number; toldAtMs: number }> {
    this.nonce += EPOCH_BLOCKS;
    const { nonce } = this;
    const turn = (phase: EpochPhase, height: number) =>
      EpochEvent.fromPartial({ topicId: TOPIC_ID, nonce, phase, height, params, atMs: Date.now() });
    await this.bus.append(busTopics.epochs, [
      turn(EpochPhase.WORKER_WINDOW_OPENED, nonce),
      turn(EpochPhase.WORKER_WINDOW_CLOSED, nonce + 5),
    ]);
    const inference = inferenceOf(nonce);
    // The turns are kept by then: an inference comes when its inputs have been through three other services.
    await new Promise((resolve) => setTimeout(resolve, 300));
    const toldAtMs = clockMs();
    await this.bus.append(busTopics.networkInferences, [inference]);
    return { nonce, toldAtMs };
  }

  async close(): Promise<void> {
    await this.bus.drain();
    await this.transport.close();
    await this.database.close();
  }
}
