import type { Account } from '@allora/identity/account';
import type { AlloraClient } from '@allora/sdk/client';
import type { CommandOutcome } from '@allora/sdk/economy-types';
import { amountText } from '../amounts';
import type { Session } from '../session';

/** Signs and sends a command that moves money, and tells what it did. */
export async function moneyCommand(
  session: Session,
  run: (client: AlloraClient, account: Account) => Promise<CommandOutcome>,
): Promise<void> {
  const { client, account } = await session.signer();
  const outcome = await run(client, account);
  const { command, movedUallo, dueHeight, height } = outcome;
  const due = dueHeight === null ? '' : `; it is paid out from height ${dueHeight}, unless cancelled`;
  session.show(
    outcome,
    `${command.replaceAll('_', ' ')}: ${amountText(movedUallo)} at height ${height}${due}.`,
  );
}
