import type { RoleName } from '@allora/sdk/types';
import { isRegistered } from '@allora/sdk/standing';
import { Option } from 'commander';
import { type AddCommand, examples } from '../add-command';
import { parseTopic } from '../arguments';
import type { Session } from '../session';

export const registerCommand: AddCommand = (program, session) => {
  program
    .command('register')
    .description('register the key in a topic; the runners do it by themselves')
    .requiredOption('-t, --topic <id>', 'the topic', parseTopic)
    .addOption(
      new Option('--role <role>', 'what it will do').choices(['worker', 'reputer']).default('worker'),
    )
    .addHelpText(
      'after',
      examples('allora register --topic 1', 'allora register --topic 1 --role reputer --key reputer'),
    )
    .action((options: { topic: number; role: RoleName }) => register(session, options));
};

async function register(session: Session, { topic, role }: { topic: number; role: RoleName }): Promise<void> {
  const { client, account } = await session.signer();
  const { address } = account;
  const already = await isRegistered(client, address, { topicId: topic, role });
  const { height } = await client.register(account, topic, role);
  const since = already ? 'has been registered since' : 'is registered from';
  const text = `${address} ${since} height ${height} as ${role} of topic ${topic}.`;
  session.show({ topicId: topic, address, role, height, new: !already }, text);
}
