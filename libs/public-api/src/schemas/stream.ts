import { z } from 'zod';
import { atMs, height, maybe, nonce, topicId } from './common';
import { summaryShape, trust } from './inference';

export const KIND_NAMES = ['inference', 'phase', 'window'] as const;

export const inferenceEvent = z.object({ ...summaryShape, trust, toldAtMs: atMs }).meta({
  id: 'InferenceEvent',
  description:
    'A network inference, judged as of its own time. The workers’ parts of it: GET /v1/topics/{id}/inference/{nonce}/workers.',
});

export const phaseEvent = z
  .object({
    topicId,
    nonce,
    phase: z.enum([
      'worker_window_opened',
      'reveal_window_opened',
      'worker_window_closed',
      'inference',
      'reputer_window_opened',
      'reputer_window_closed',
      'losses',
      'scores',
      'rewards',
    ]),
    height: maybe(height).meta({ description: 'Of a turn of the epoch; null for what follows from one.' }),
    toldAtMs: atMs,
  })
  .meta({ id: 'PhaseEvent', description: 'That an epoch has come to a phase.' });

export const windowEvent = z
  .object({
    topicId,
    nonce,
    role: z.enum(['worker', 'reputer']),
    stage: z.enum(['submit', 'commit', 'reveal']),
    state: z.enum(['open', 'closed']),
    height: height.meta({ description: 'At which it opened or closed.' }),
    closesHeight: maybe(height).meta({
      description: 'Of an opened window: height at which it closes (exclusive).',
    }),
    toldAtMs: atMs,
  })
  .meta({ id: 'WindowEvent', description: 'That a window of submissions has opened or closed.' });
