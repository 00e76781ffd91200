import { DEFAULT_SHARES, shareUallo } from '@allora/protocol/economy/genesis';
import { type EconomyCast, STARTING_UALLO } from './economy-cast';

/** The file that the network's supply starts from: the shares of the real one, months of a few blocks. */
export function genesisText(cast: EconomyCast, blocksPerMonth: number): string {
  const { worker, reputer, validator, delegator, consumer } = STARTING_UALLO;
  const accounts = [
    ...[cast.creator, ...cast.inferers, cast.forecaster].map(({ address }) => [address, worker] as const),
    ...cast.reputers.map(({ address }) => [address, reputer] as const),
    ...cast.validators.map(({ address }) => [address, validator] as const),
    ...cast.delegators.map(({ address }) => [address, delegator] as const),
    ...cast.consumers.map(({ address }) => [address, consumer] as const),
  ];
  const given = accounts.reduce((sum, [, amount]) => sum + amount, 0n);
  return JSON.stringify(
    {
      chainName: 'economy demo',
      blocksPerMonth,
      shares: DEFAULT_SHARES,
      foundation: cast.foundation.address,
      vesting: {
        preseed: cast.preseed.address,
        investors: cast.investors.address,
        team: cast.team.address,
      },
      accounts: accounts.map(([address, amount]) => ({ address, amountUallo: String(amount) })),
      faucetUallo: String(shareUallo(DEFAULT_SHARES.participants) - given),
    },
    null,
    2,
  );
}
