import { type AddCommand, examples, group } from '../add-command';
import { amountText, parseAmount } from '../amounts';
import { parseTopic } from '../arguments';
import type { Session } from '../session';
import { moneyCommand } from './money';

interface InTopic {
  readonly topic: number;
}

export const stakeCommand: AddCommand = (program, session) => {
  const stake = group(program, 'stake', 'a reputer vouches for its losses with a stake');
  stake
    .command('add')
    .description('stake more')
    .argument('<amount>', 'how much', parseAmount)
    .requiredOption('-t, --topic <id>', 'the topic', parseTopic)
    .addHelpText('after', examples('allora stake add 250000 --topic 1 --key reputer'))
    .action((amountUallo: bigint, { topic }: InTopic) => add(session, topic, amountUallo));
  stake
    .command('remove')
    .description('ask for stake back; it is paid out after the delay of the network')
    .argument('<amount>', 'how much', parseAmount)
    .requiredOption('-t, --topic <id>', 'the topic', parseTopic)
    .addHelpText('after', examples('allora stake remove 1000 --topic 1'))
    .action((amountUallo: bigint, { topic: topicId }: InTopic) =>
      moneyCommand(session, (client, account) =>
        client.removeStake(account, { topicId, reputer: account.address, amountUallo }),
      ),
    );
  stake
    .command('cancel')
    .description('leave the stake of a removal where it is')
    .requiredOption('-t, --topic <id>', 'the topic', parseTopic)
    .addHelpText('after', examples('allora stake cancel --topic 1'))
    .action(({ topic: topicId }: InTopic) =>
      moneyCommand(session, (client, account) =>
        client.cancelRemoval(account, { topicId, reputer: account.address }),
      ),
    );
};

async function add(session: Session, topicId: number, amountUallo: bigint): Promise<void> {
  const { client, account } = await session.signer();
  const stakeUallo = await client.depositStake(account, { topicId, amountUallo });
  const result = { topicId, reputer: account.address, amountUallo, stakeUallo };
  session.show(result, `${account.address} has staked ${amountText(stakeUallo)} in topic ${topicId}.`);
}
