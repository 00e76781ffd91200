import type { AlloraClient } from '@allora/sdk/client';

/** What the demo asks of the network. */
export type DemoClient = Pick<
  AlloraClient,
  | 'createTopic'
  | 'register'
  | 'faucet'
  | 'depositStake'
  | 'advanceClock'
  | 'submitInference'
  | 'submitForecast'
  | 'submitLosses'
  | 'epoch'
>;
