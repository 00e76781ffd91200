/** Issues money: its balance is minus what genesis and emission have ever issued. */
export const MINT = 'mint';
/** The ecosystem's account: every fee enters here, and pays before anything is minted. */
export const TREASURY = 'treasury';
/** The rewards account of section 10: what blocks paid in for topics and no ended epoch has claimed yet. */
export const REWARDS_POOL = 'rewards-pool';
/** Set aside for ended epochs whose scores are not in yet. */
export const EPOCH_REWARDS = 'epoch-rewards';
/** Earned by validators and not claimed yet. */
export const VALIDATORS_POOL = 'validators-pool';
/** Keeps what the truncation of payments leaves. */
export const DUST = 'dust';
/** Fees of inferences that are bought and neither delivered nor refunded yet; they are still their buyers'. */
export const INFERENCE_HOLDS = 'inference-holds';
/** What a test network gives away; the genesis fills it. */
export const FAUCET = 'faucet';

export const participantAccount = (address: string): string => `participant:${address}`;
export const stakeAccount = (topicId: number, reputer: string): string => `stake:${topicId}:${reputer}`;
export const delegationAccount = (topicId: number, reputer: string, holder: string): string =>
  `delegation:${topicId}:${reputer}:${holder}`;
/** Stake on its way out: of the reputer itself where the holder is the reputer. */
export const removalAccount = (topicId: number, reputer: string, holder: string): string =>
  `removal:${topicId}:${reputer}:${holder}`;
/** What the delegators of a reputer have earned and not claimed. */
export const delegatorRewardsAccount = (topicId: number, reputer: string): string =>
  `delegator-rewards:${topicId}:${reputer}`;
export const validatorStakeAccount = (address: string): string => `validator-stake:${address}`;
export const validatorRemovalAccount = (address: string): string => `validator-removal:${address}`;
export const vestingAccount = (vestingClass: string): string => `vesting:${vestingClass}`;

/** What the ledger knows of an account beside its balance: all of it stands in the name. */
export interface AccountColumns {
  readonly name: string;
  /** First part of the name; `network` for the network's own accounts, whose names have one part. */
  readonly kind: string;
  /** Who may dispose of it; null for the network's own. */
  readonly owner: string | null;
  readonly topicId: number | null;
  readonly reputer: string | null;
}

export function accountColumns(name: string): AccountColumns {
  const [kind, first, second, third] = name.split(':');
  switch (kind) {
    case 'participant':
    case 'validator-stake':
    case 'validator-removal':
      return { name, kind, owner: first ?? null, topicId: null, reputer: null };
    case 'stake':
      return { name, kind, owner: second ?? null, topicId: Number(first), reputer: second ?? null };
    case 'delegation':
    case 'removal':
      return { name, kind, owner: third ?? null, topicId: Number(first), reputer: second ?? null };
    case 'delegator-rewards':
      return { name, kind, owner: null, topicId: Number(first), reputer: second ?? null };
    default:
      return {
        name,
        kind: first === undefined ? 'network' : kind!,
        owner: null,
        topicId: null,
        reputer: null,
      };
  }
}
