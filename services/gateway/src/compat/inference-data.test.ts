import { describe, expect, it } from 'vitest';
import { inferenceData } from './inference-data';

const parts = {
  topicId: 9,
  combined: 101.5,
  confidenceValues: [98, 99.25, 100, 101, 102],
  valueType: 'uint256',
  timestampSeconds: 1_700_000_000,
} as const;

describe('inference data', () => {
  it('has every number in the form of the client libraries', () => {
    expect(inferenceData(parts).body).toEqual({
      network_inference: '101500000000000000000',
      network_inference_normalized: '101.5',
      confidence_interval_percentiles: [
        '2280000000000000000',
        '15870000000000000000',
        '50000000000000000000',
        '84130000000000000000',
        '97720000000000000000',
      ],
      confidence_interval_percentiles_normalized: ['2.28', '15.87', '50.0', '84.13', '97.72'],
      confidence_interval_values: [
        '98000000000000000000',
        '99250000000000000000',
        '100000000000000000000',
        '101000000000000000000',
        '102000000000000000000',
      ],
      confidence_interval_values_normalized: ['98.0', '99.25', '100.0', '101.0', '102.0'],
      topic_id: '9',
      timestamp: 1_700_000_000,
      extra_data: '0x',
    });
  });

  it('has two empty lists where there is no interval', () => {
    expect(inferenceData({ ...parts, confidenceValues: [] })).toMatchObject({
      body: {
        confidence_interval_percentiles: [],
        confidence_interval_percentiles_normalized: [],
        confidence_interval_values: [],
        confidence_interval_values_normalized: [],
      },
      signed: { confidenceIntervalPercentiles: [], confidenceIntervalValues: [] },
    });
  });

  it("shows a sign, and signs two's complement marked as such", () => {
    const { body, signed } = inferenceData({ ...parts, combined: -0.25, valueType: 'int256' });
    expect(body).toMatchObject({
      network_inference: '-250000000000000000',
      network_inference_normalized: '-0.25',
      extra_data: '0x696e74323536',
    });
    expect(signed.networkInference).toBe(2n ** 256n - 250_000_000_000_000_000n);
    expect(Buffer.from(signed.extraData).toString()).toBe('int256');
  });

  it('is refused as a whole when one bound of the interval is negative', () => {
    const confidenceValues = [-1, 99, 100, 101, 102];
    expect(() => inferenceData({ ...parts, confidenceValues })).toThrow(/-1 does not fit uint256/);
  });
});
