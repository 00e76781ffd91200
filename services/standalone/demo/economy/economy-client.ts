import type { AlloraClient } from '@allora/sdk/client';

/** What the economy asks of the network. */
export type EconomyClient = Pick<
  AlloraClient,
  | 'advanceClock'
  | 'createTopic'
  | 'register'
  | 'depositStake'
  | 'submitInference'
  | 'submitForecast'
  | 'submitLosses'
  | 'epoch'
  | 'transfer'
  | 'delegate'
  | 'removeStake'
  | 'cancelRemoval'
  | 'redelegate'
  | 'claimDelegationRewards'
  | 'payInference'
  | 'stakeValidator'
  | 'claimValidatorRewards'
  | 'account'
  | 'supply'
  | 'emission'
>;
