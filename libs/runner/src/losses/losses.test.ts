import { NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import { topicParams as paramsOf } from '../../test/topic-params';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TextServer, type TextAnswer } from '../../test/text-server';
import { lossesOf } from '../run/reputer-work';
import { HttpLossService } from './http-loss-service';
import { scoredValues } from './loss-bundle';
import { ownLosses, serviceLosses } from './losses';

const signal = AbortSignal.timeout(60_000);
let server: TextServer;
let url: string;
let never: string;
let calculate: (body: { y_true: string; y_pred: string; options: object }) => TextAnswer;

beforeEach(async () => {
  never = '{"is_never_negative": true}';
  calculate = ({ y_true, y_pred }) => ({
    body: JSON.stringify({ loss: String((Number(y_true) - Number(y_pred)) ** 2) }),
  });
  server = new TextServer((place, body) =>
    place === '/is_never_negative'
      ? { body: never }
      : calculate(JSON.parse(body) as Parameters<typeof calculate>[0]),
  );
  url = await server.open();
});
afterEach(() => server.close());

const topic = (lossMethod: string, allowNegative = false) => ({
  lossMethod,
  params: paramsOf({ allowNegative }),
});
const service = (options: Record<string, string> = {}, isNeverNegative?: boolean) =>
  new HttpLossService({ url: `${url}/`, options, isNeverNegative });

describe('losses', () => {
  it('are made here by the loss that the topic names, with its floor', async () => {
    const own = ownLosses(topic('mse?floor=1e-4'));
    expect(await own.of('10', ['20', '10', '10.001'], signal)).toEqual(['2', '-4', '-4']);
    expect(await ownLosses(topic('poisson')).of('5', ['4'], signal)).toEqual(['-2.931471805599453']);
    expect(await ownLosses(topic('ztae'), { std: 0.02 }).of('0.01', ['0.02'], signal)).toHaveLength(1);
    expect(() => ownLosses(topic('ztae'))).toThrow(/option ztae.std is missing/);
  });

  it('come from a service, each distinct value once, floored and logged here', async () => {
    const losses = await serviceLosses(topic('mse?floor=1e-4'), service({ loss_method: 'sqe' }), signal);
    expect(await losses.of('10', ['20', '10', '20', '11'], signal)).toEqual(['2', '-4', '2', '0']);
    const asked = server.seen.map(({ path, body }) => [path, JSON.parse(body) as unknown]);
    expect(asked[0]).toEqual(['/is_never_negative', { options: { loss_method: 'sqe' } }]);
    expect(asked.slice(1)).toHaveLength(3);
    expect(asked[1]).toEqual(['/calculate', { y_true: '10', y_pred: '20', options: { loss_method: 'sqe' } }]);
  });

  it('of a service may be numbers, and are refused when they are none', async () => {
    const losses = await serviceLosses(topic('mse'), service({}, true), signal);
    calculate = () => ({ body: '{"loss": 100}' });
    expect(await losses.of('1', ['2'], signal)).toEqual(['2']);
    expect(server.seen).toHaveLength(1);
    for (const body of ['1.0', '{"loss": "NaN"}', '{"loss": ""}', 'True']) {
      calculate = () => ({ body });
      await expect(losses.of('1', ['2'], signal)).rejects.toThrow(/loss service answered|not as documented/);
    }
    calculate = () => ({ body: '{"loss": "-1"}' });
    await expect(losses.of('1', ['2'], signal)).rejects.toThrow(/losses of 0 or more/);
  });

  it('are not reported on another scale than the topic', async () => {
    const refused = (method: string, told: boolean, options = {}, allowNegative = false) => {
      never = JSON.stringify({ is_never_negative: told });
      return expect(serviceLosses(topic(method, allowNegative), service(options), signal)).rejects;
    };
    await refused('mse', false).toThrow(/can be negative; losses of mse are reported log10/);
    await refused('poisson', true).toThrow(/is never negative; losses of poisson are reported raw/);
    await refused('ours', false).toThrow(/reported log10/);
    await refused('mse', true, { loss_method: 'huber' }).toThrow(
      /scores by mse, the loss service is told loss_method huber/,
    );
    never = '{"is_never_negative": false}';
    expect((await serviceLosses(topic('ours', true), service(), signal)).scale).toBe('raw');
    never = 'True';
    await expect(serviceLosses(topic('mse'), service(), signal)).rejects.toThrow(/not as documented/);
  });
});

describe("an epoch's bundle", () => {
  const inference = NetworkInference.fromPartial({
    ...{ topicId: 1, nonce: 5, combined: 2, naive: 3 },
    inferers: [
      { inferer: 'a', value: '1.00' },
      { inferer: 'b', value: '4' },
    ],
    forecasters: [{ forecaster: 'c', forecastImplied: 5 }],
    oneOutInferer: [6, 7],
    oneInForecaster: [8],
    oneOutInfererForecastImplied: [{ values: [9] }, { values: [10] }],
  });

  it('has the loss of everything in it, in its place', async () => {
    expect(scoredValues(inference)).toEqual(['2', '3', '1.00', '4', '5', '6', '7', '8', '9', '10']);
    const bundle = await lossesOf(inference, '0', ownLosses(topic('abse')), signal);
    const log = (value: number) => String(Math.log10(value));
    expect(bundle).toEqual({
      ...{ topicId: 1, nonce: 5, combined: log(2), naive: log(3) },
      inferers: [
        { worker: 'a', value: '0' },
        { worker: 'b', value: log(4) },
      ],
      forecasters: [{ worker: 'c', value: log(5) }],
      oneOutInferers: [
        { worker: 'a', value: log(6) },
        { worker: 'b', value: log(7) },
      ],
      oneOutForecasters: [],
      oneInForecasters: [{ worker: 'c', value: log(8) }],
      oneOutInfererForecasters: [
        {
          forecaster: 'c',
          oneOutInferers: [
            { worker: 'a', value: log(9) },
            { worker: 'b', value: '1' },
          ],
        },
      ],
    });
  });
});
