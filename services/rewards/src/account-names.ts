/** Issues money; its balance is minus what was ever issued. */
export const MINT = 'mint';
/** What an epoch issues passes through here on its way to those it rewards. */
export const REWARDS_POOL = 'rewards-pool';
/** Keeps what the truncation of payments leaves. */
export const DUST = 'dust';
/** What a test network gives away passes through here. */
export const FAUCET = 'faucet';

export interface AccountName {
  readonly name: string;
  readonly owner: string | null;
  readonly topicId: number | null;
}

export const networkAccount = (name: string): AccountName => ({ name, owner: null, topicId: null });

export const participantAccount = (address: string): AccountName => ({
  name: `participant:${address}`,
  owner: address,
  topicId: null,
});

export const stakeAccount = (topicId: number, reputer: string): AccountName => ({
  name: `stake:${topicId}:${reputer}`,
  owner: reputer,
  topicId,
});
