import type { Command } from 'commander';
import { type AddCommand, examples, group } from '../add-command';
import { parseAmount } from '../amounts';
import { parseAddress, parseTopic } from '../arguments';
import { moneyCommand } from './money';

interface AtReputer {
  readonly topic: number;
  readonly reputer: string;
}

const placed = (command: Command): Command =>
  command
    .requiredOption('-t, --topic <id>', 'the topic', parseTopic)
    .requiredOption('--reputer <address>', 'who is trusted with it', parseAddress);

export const delegateCommand: AddCommand = (program, session) => {
  const delegate = group(program, 'delegate', 'stake behind a reputer, and share its rewards');
  placed(delegate.command('add').description('delegate more').argument('<amount>', 'how much', parseAmount))
    .addHelpText('after', examples('allora delegate add 100 --topic 1 --reputer allo1…'))
    .action((amountUallo: bigint, { topic: topicId, reputer }: AtReputer) =>
      moneyCommand(session, (client, account) => client.delegate(account, { topicId, reputer, amountUallo })),
    );
  placed(
    delegate
      .command('remove')
      .description('ask for it back; it is paid out after the delay of the network')
      .argument('<amount>', 'how much', parseAmount),
  )
    .addHelpText('after', examples('allora delegate remove 100 --topic 1 --reputer allo1…'))
    .action((amountUallo: bigint, { topic: topicId, reputer }: AtReputer) =>
      moneyCommand(session, (client, account) =>
        client.removeStake(account, { topicId, reputer, amountUallo }),
      ),
    );
  placed(delegate.command('cancel').description('leave the delegation of a removal where it is'))
    .addHelpText('after', examples('allora delegate cancel --topic 1 --reputer allo1…'))
    .action(({ topic: topicId, reputer }: AtReputer) =>
      moneyCommand(session, (client, account) => client.cancelRemoval(account, { topicId, reputer })),
    );
  placed(delegate.command('claim').description('take the rewards that have come together'))
    .addHelpText('after', examples('allora delegate claim --topic 1 --reputer allo1…'))
    .action(({ topic: topicId, reputer }: AtReputer) =>
      moneyCommand(session, (client, account) =>
        client.claimDelegationRewards(account, { topicId, reputer }),
      ),
    );
};
