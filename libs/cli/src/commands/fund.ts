import { type AddCommand, examples } from '../add-command';
import { parseAmount } from '../amounts';
import { parseTopic } from '../arguments';
import { moneyCommand } from './money';

export const fundCommand: AddCommand = (program, session) => {
  program
    .command('fund')
    .description('pay into a topic: its weight, and so its rewards, grow')
    .argument('<amount>', 'how much', parseAmount)
    .requiredOption('-t, --topic <id>', 'the topic', parseTopic)
    .addHelpText('after', examples('allora fund 10 --topic 1'))
    .action((amountUallo: bigint, { topic: topicId }: { topic: number }) =>
      moneyCommand(session, (client, account) => client.fundTopic(account, { topicId, amountUallo })),
    );
};
