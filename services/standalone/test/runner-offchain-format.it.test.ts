import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Topic } from '@allora/sdk/types';
import { silentLog } from '@allora/runner/log';
import { loadRunnerConfig } from '@allora/runner/config/load-config';
import { openAccounts } from '@allora/runner/keys/accounts';
import { type Runner, startRunner } from '@allora/runner/run/runner';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALLO, startTestNetwork, type TestNetwork } from './runner-network';

const EPOCHS = 20;
/** Two wallets, of words that wallets of this family would read the same. */
const words = [
  'abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about',
  'legal winner thank year wave sausage worth useful legal winner thank yellow',
];

let network: TestNetwork;
let topic: Topic;
let models: ModelServer;
let folder: string;
const runners: Runner[] = [];

/** Model, truth and loss containers as they are made for the off-chain node, with the habits of those in the wild. */
class ModelServer {
  readonly paths: string[] = [];
  workers: readonly string[] = [];
  private readonly server = createServer((request, response) => void this.answer(request, response));

  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = request.url ?? '';
    this.paths.push(url);
    const [, kind = '', token = '', height = ''] = url.split('/');
    const truth = 100 + (Number(height) % 7) + 0.123456789;
    const answers: Record<string, () => unknown> = {
      inference: () => (token === 'BTC' ? `${truth + 0.25}` : `"${truth - 1.5}"\n`),
      forecast: () => JSON.stringify(Object.fromEntries(this.workers.map((one, i) => [one, [-1 + i, 0]]))),
      truth: () => `"${truth.toFixed(6)}"`,
      is_never_negative: () => JSON.stringify({ is_never_negative: true }),
      calculate: () => undefined,
    };
    if (kind === 'calculate') {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      const { y_true, y_pred, options } = JSON.parse(body) as Record<string, unknown>;
      expect(options).toEqual({ loss_method: 'sqe' });
      response.end(JSON.stringify({ loss: String((Number(y_true) - Number(y_pred)) ** 2) }));
      return;
    }
    const text = answers[kind]?.();
    response.writeHead(text === undefined ? 404 : 200).end(text);
  }
}

/** As its users write it: upper-case letters where they fell, chain settings, a number for a text, an entry twice. */
const configOf = (mnemonic: string, token: string, base: string) => ({
  wallet: {
    addressKeyName: 'test',
    addressRestoreMnemonic: mnemonic,
    alloraHomeDir: '',
    gas: '1000000',
    gasAdjustment: 1.0,
    nodeRPCs: ['http://localhost:26657'],
    maxRetries: 3,
    retryDelay: 0.05,
    submitTx: true,
  },
  worker: [
    {
      topicId: topic.id,
      inferenceEntrypointName: 'api-worker-reputer',
      forecastEntrypointName: 'apiAdapter',
      loopSeconds: 5,
      parameters: {
        InferenceEndpoint: `${base}/inference/{Token}/{BlockHeight}`,
        ForecastEndpoint: `${base}/forecast/{TopicId}/{BlockHeight}`,
        Token: token,
        TimeframeMinutes: 10,
      },
    },
    {
      topicId: topic.id,
      inferenceEntrypointName: 'apiAdapter',
      parameters: { InferenceEndpoint: 'http://nowhere/' },
    },
  ],
  reputer: [
    {
      topicId: topic.id,
      groundTruthEntrypointName: 'api-worker-reputer',
      lossFunctionEntrypointName: 'api-worker-reputer',
      loopSeconds: 30,
      minStake: 250_000,
      groundTruthParameters: { GroundTruthEndpoint: `${base}/truth/{Token}/{BlockHeight}`, Token: token },
      lossFunctionParameters: { LossFunctionService: base, LossMethodOptions: { loss_method: 'sqe' } },
    },
  ],
});

async function startFrom(name: string, json: object): Promise<Runner> {
  const file = path.join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify(json));
  const loaded = await loadRunnerConfig({
    env: { ALLORA_OFFCHAIN_NODE_CONFIG_FILE_PATH: file },
    extras: { network: { url: network.url }, stateDir: path.join(folder, name), status: { port: 0 } },
  });
  expect(loaded.warnings.join('\n')).toMatch(/ignored, .*gas.*\n.*skipped worker\[1\]/);
  const accounts = await openAccounts(loaded, {});
  await network.fund([...accounts.values()], ALLO);
  const runner = await startRunner({ ...loaded, accounts, log: silentLog });
  runners.push(runner);
  return runner;
}

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'allora-runner-'));
  network = await startTestNetwork();
  topic = await network.createTopic('mse?floor=1e-6');
  models = new ModelServer();
  const base = await models.open();
  for (const [i, mnemonic] of words.entries())
    await startFrom(`node-${i}`, configOf(mnemonic, ['BTC', 'ETH'][i]!, base));
  models.workers = runners.map((runner) => runner.status().participants[0]!.address);
});

afterAll(async () => {
  await Promise.all(runners.map((runner) => runner.close()));
  await models?.close();
  await network?.close();
  rmSync(folder, { recursive: true });
});

describe('config.json and containers of the off-chain node, as they are', () => {
  it(`have inferences, forecasts and losses accepted over ${EPOCHS} epochs`, async () => {
    const { client } = network;
    const running = () => runners.flatMap((runner) => runner.status().participants.map(({ state }) => state));
    await expect.poll(running, { timeout: 60_000, interval: 20 }).toEqual(Array(4).fill('running'));
    const first = topic.createdHeight + 1;
    const { epochLengthBlocks, workerWindowBlocks, reputerWindowBlocks } = topic.params!;
    const accepted = (nonce: number) =>
      runners
        .flatMap((runner) =>
          runner.status().participants.flatMap(({ role, windows }) => {
            const parts = windows.find((window) => window.nonce === nonce)?.parts ?? {};
            return Object.entries(parts).flatMap(([kind, { state }]) =>
              state === 'accepted' ? [`${role} ${kind}`] : [],
            );
          }),
        )
        .sort();
    const all = ['inference', 'inference', 'forecast', 'forecast'].map((kind) => `worker ${kind}`).sort();
    for (let epoch = 0; epoch <= EPOCHS; epoch += 1) {
      const nonce = first + epoch * epochLengthBlocks;
      await client.advanceClock(nonce);
      if (epoch < EPOCHS)
        await expect.poll(() => accepted(nonce), { timeout: 60_000, interval: 10 }).toEqual(all);
      if (epoch > 0) {
        const scored = nonce - epochLengthBlocks;
        await expect.poll(() => accepted(scored), { timeout: 60_000, interval: 10 }).toHaveLength(6);
      }
      await client.advanceClock(nonce + Math.max(workerWindowBlocks, reputerWindowBlocks));
    }
    for (let epoch = 0; epoch < EPOCHS; epoch += 1) {
      const told = await client.epoch(topic.id, first + epoch * epochLengthBlocks, { waitFor: 'rewards' });
      expect(told.inference!.inferers).toHaveLength(2);
      expect(told.inference!.forecasts).toHaveLength(2);
      expect(told.scores!.reputers.filter(({ score }) => score !== undefined)).toHaveLength(2);
      expect(told.losses!.losses!.combined).toBeLessThan(1);
    }
  }, 240_000);
});
