import { type AddCommand, examples } from '../add-command';
import { amountText, parseAmount } from '../amounts';
import { parseAddress } from '../arguments';
import type { Session } from '../session';

/** Enough for the fees of years, and too little to be a stake that counts. */
const DEFAULT_UALLO = 10n ** 19n;

export const faucetCommand: AddCommand = (program, session) => {
  program
    .command('faucet')
    .description('be given ALLO; on test networks')
    .argument('[amount]', 'how much', parseAmount, DEFAULT_UALLO)
    .option('--to <address>', "who is given it; the key's own address unless told", parseAddress)
    .addHelpText('after', examples('allora faucet', 'allora faucet 250000 --key reputer'))
    .action((amountUallo: bigint, { to }: { to?: string }) => give(session, amountUallo, to));
};

async function give(session: Session, amountUallo: bigint, to: string | undefined): Promise<void> {
  const address = await session.address(to);
  const { client } = await session.connect();
  await client.faucet({ address, amountUallo });
  const { balanceUallo } = await client.account(address);
  session.show({ address, amountUallo, balanceUallo }, `${address} holds ${amountText(balanceUallo)}`);
}
