import { z } from 'zod';

const streams = (fallback: number, help: string) =>
  z.number().int().min(0).max(1_000_000).default(fallback).describe(help);

export const streamSettings = {
  maxStreams: streams(10_000, 'Most event streams fed by this replica at once; more are told to come back'),
  maxStreamsPerAddress: streams(
    0,
    'Most event streams of one IP address without a key; 0: no limit, the default, because all behind one proxy share an address',
  ),
  maxStreamsPerKey: streams(100, 'Most event streams of one API key in this replica; 0: no limit'),
  streamHeartbeatMs: z
    .number()
    .int()
    .min(20)
    .max(120_000)
    .default(15_000)
    .describe('Time between heartbeats of event streams'),
  streamRetryMs: z
    .number()
    .int()
    .min(0)
    .max(60_000)
    .default(1_000)
    .describe('How long clients of event streams are asked to stay away after a cut'),
};
