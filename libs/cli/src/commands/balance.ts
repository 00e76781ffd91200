import type { AccountState } from '@allora/sdk/economy-types';
import { type AddCommand, examples } from '../add-command';
import { amountText } from '../amounts';
import { parseAddress } from '../arguments';
import { facts, type Style, table } from '../format';
import type { Session } from '../session';

export const balanceCommand: AddCommand = (program, session) => {
  program
    .command('balance')
    .description('what an address holds: balance, stakes, delegations, removals under way')
    .argument('[address]', "the key's own unless told", parseAddress)
    .addHelpText('after', examples('allora balance', 'allora balance allo1… --json'))
    .action((told: string | undefined) => show(session, told));
};

async function show(session: Session, told: string | undefined): Promise<void> {
  const account = await session.client().account(await session.address(told));
  session.show(account, accountText(account, session.style));
}

function accountText(account: AccountState, style: Style): string {
  const { address, balanceUallo, stakes, delegations, removals, owedFees } = account;
  const list = (name: string, heads: readonly string[], rows: readonly string[][]): string =>
    rows.length === 0 ? '' : `\n${style('bold', name)}\n${table(heads, rows, style)}`;
  return [
    facts(
      [
        ['address', address],
        ['balance', amountText(balanceUallo)],
      ],
      style,
    ),
    list(
      'Stakes',
      ['topic', 'own', 'delegated to it'],
      stakes.map((one) => [`${one.topicId}`, amountText(one.ownUallo), amountText(one.delegatedUallo)]),
    ),
    list(
      'Delegations',
      ['topic', 'reputer', 'amount', 'claimable'],
      delegations.map((one) => [
        ...[`${one.topicId}`, one.reputer, amountText(one.amountUallo), amountText(one.claimableUallo)],
      ]),
    ),
    list(
      'Removals under way',
      ['of', 'topic', 'amount', 'paid from height'],
      removals.map((one) => [
        one.kind,
        `${one.topicId ?? '-'}`,
        amountText(one.amountUallo),
        `${one.dueHeight}`,
      ]),
    ),
    list(
      'Fees owed',
      ['topic', 'amount'],
      owedFees.map((one) => [`${one.topicId}`, amountText(one.amountUallo)]),
    ),
  ].join('');
}
