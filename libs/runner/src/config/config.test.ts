import { describe, expect, it } from 'vitest';
import { loadRunnerConfig, readRunnerConfig } from './load-config';

const own = (workers: string) => `
network: { url: 'http://127.0.0.1:8080', chainId: allora-local-1 }
identities:
  one: { keyEnv: KEY }
workers:
${workers}
reputers:
  - topicId: 7
    truth: { type: csv, file: truth.csv, heightColumn: height, column: close }
    minStakeUallo: "250000000000000000000"
`;

const read = (text: string) => readRunnerConfig(text, 'runner.yaml', '/nowhere');

describe('our configuration', () => {
  it('has defaults for everything that can have one', () => {
    const { config, warnings } = read(
      own('  - { topicId: 7, inference: { type: program, command: [python3, m.py] } }'),
    );
    expect(warnings).toEqual([]);
    expect(config).toMatchObject({
      stateDir: '.allora-runner',
      status: { host: '127.0.0.1', port: 2112 },
      dryRun: false,
      limits: { modelTimeoutMs: 30_000, maxRetries: 20 },
      reputers: [{ loss: { type: 'topic' }, minStakeUallo: 250n * 10n ** 18n, truth: { match: 'latest' } }],
    });
  });

  it.each([
    [
      '  - { topicId: 7, inference: { type: http, url: nowhere } }',
      'workers[0].inference.url: expected an http',
    ],
    ['  - { topicId: 7 }', 'workers[0]: a worker has an inference model, a forecast model or both'],
    ['  - { topicId: 7, inference: { type: magic } }', 'workers[0].inference.type'],
    [
      '  - { topicID: 7, inference: { type: program, command: [m] } }',
      'workers[0]: Unrecognized key: "topicID"',
    ],
    [
      '  - { topicId: 7, identity: two, inference: { type: program, command: [m] } }',
      'there is no identity "two"',
    ],
    [
      '  - { topicId: 7, inference: { type: onnx, file: m, source: { type: csv, file: d }, features: [{ kind: lag, column: c, steps: [-1] }] } }',
      'workers[0].inference.features[0].steps[0]',
    ],
    [
      '  - &w { topicId: 7, inference: { type: program, command: [m] } }\n  - *w',
      'workers[1]: topic 7 has this identity already',
    ],
    ['  - { topicId: 7', 'runner.yaml:\n  (top)'],
  ])('tells the place of what is wrong in %s', (workers, message) => {
    expect(() => read(own(workers))).toThrow(message);
  });
});

/** The example of the off-chain node with the habits of its users. */
const offchain = {
  Wallet: {
    addressKeyName: 'test',
    addressRestoreMnemonic: ' twelve words ',
    nodegRpcs: ['http://localhost:9090'],
    gasPrices: 'auto',
    GasPerByte: 1,
    MaxRetries: 5,
    retryDelay: 2,
    submissionJitter: '3',
    submitTx: false,
    somethingNew: 1,
  },
  worker: [
    {
      topicId: 1,
      inferenceEntrypointName: 'api-worker-reputer',
      forecastEntrypointName: '',
      loopSeconds: 5,
      parameters: {
        InferenceEndpoint: 'http://source:8000/inference/{Token}',
        Token: 'ETH',
        TimeframeMinutes: 10,
      },
    },
    {
      topicId: '1',
      inferenceEntrypointName: 'apiAdapter',
      parameters: { InferenceEndpoint: 'http://other/' },
    },
    { topicId: 2, inferenceEntrypointName: '', parameters: {} },
  ],
  reputer: [
    {
      topicId: 1,
      groundTruthEntrypointName: 'apiAdapter',
      lossFunctionEntrypointName: 'apiAdapter',
      minStake: '1000000',
      groundTruthParameters: { GroundTruthEndpoint: 'http://truth:8888/{Token}/{BlockHeight}', Token: 'ETH' },
      lossFunctionParameters: {
        LossFunctionService: 'http://loss:5000',
        LossMethodOptions: { loss_method: 'huber', delta: 1.5 },
        IsNeverNegative: true,
      },
    },
    {
      topicId: 3,
      reputerEntrypointName: 'api-worker-reputer',
      parameters: { SourceOfTruthEndpoint: 'http://old/' },
    },
  ],
};

describe("the off-chain node's configuration", () => {
  const extras = { network: { url: 'http://gateway:8080' }, status: false as const };

  it('is taken as it is', () => {
    const { config, mnemonic, keyName } = readRunnerConfig(
      JSON.stringify(offchain),
      'config.json',
      '/',
      extras,
    );
    expect([mnemonic, keyName]).toEqual(['twelve words', 'test']);
    expect(config).toMatchObject({
      network: { url: 'http://gateway:8080' },
      dryRun: true,
      limits: { maxRetries: 5, retryDelayMs: 2000, jitterMs: 3000 },
      workers: [
        {
          topicId: 1,
          inference: {
            type: 'http',
            url: 'http://source:8000/inference/{Token}',
            parameters: { Token: 'ETH', TimeframeMinutes: '10' },
          },
        },
      ],
      reputers: [
        {
          topicId: 1,
          minStakeUallo: 1_000_000n,
          truth: { type: 'http', url: 'http://truth:8888/{Token}/{BlockHeight}' },
          loss: {
            type: 'http',
            url: 'http://loss:5000',
            options: { loss_method: 'huber', delta: '1.5' },
            isNeverNegative: true,
          },
        },
        {
          topicId: 3,
          minStakeUallo: 0n,
          truth: { type: 'http', url: 'http://old/' },
          loss: { type: 'topic' },
        },
      ],
    });
    expect(
      JSON.stringify(config, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}` : value)),
    ).not.toContain('twelve');
  });

  it('is told in one line each what does not count', () => {
    const { warnings } = readRunnerConfig(JSON.stringify(offchain), 'config.json', '/', extras);
    expect(warnings).toEqual([
      'ignored, as they are of the chain alone: nodegrpcs, gasprices, gasperbyte',
      expect.stringMatching(/skipped worker\[1\]: topic 1/),
      expect.stringMatching(/skipped the worker of topic 2/),
    ]);
  });

  it.each([
    [{ worker: [{ inferenceEntrypointName: 'apiAdapter' }] }, 'worker[0].topicid'],
    [{ worker: [{ topicId: 1, inferenceEntrypointName: 'apiAdapter' }] }, 'workers[0].inference.url'],
    [{ reputer: [{ topicId: 1, minStake: -5 }] }, 'reputer[0].minstake'],
  ])('%j is refused with the place', (json, message) => {
    expect(() => readRunnerConfig(JSON.stringify(json), 'config.json', '/')).toThrow(message);
  });

  it('comes whole in one variable, or by the name of a file, the first of them first', async () => {
    const env = {
      ALLORA_OFFCHAIN_NODE_CONFIG_JSON: JSON.stringify(offchain),
      ALLORA_OFFCHAIN_NODE_CONFIG_FILE_PATH: '/nowhere/config.json',
    };
    expect((await loadRunnerConfig({ env, extras })).config.workers).toHaveLength(1);
    const file = { ALLORA_OFFCHAIN_NODE_CONFIG_FILE_PATH: '/nowhere/config.json' };
    await expect(loadRunnerConfig({ env: file })).rejects.toThrow(/no such file/);
    await expect(loadRunnerConfig({ env: {} })).rejects.toThrow(/name a file/);
  });
});
