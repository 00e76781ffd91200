import type { RoleName } from '@allora/sdk/types';
import { registrationOf } from '@allora/sdk/standing';
import { Option } from 'commander';
import { type AddCommand, examples } from '../add-command';
import { parseTopic } from '../arguments';
import { usageError } from '../exit-codes';
import type { Session } from '../session';

interface RegisterOptions {
  readonly topic: number;
  readonly role: RoleName;
  readonly shadow?: boolean;
}

export const registerCommand: AddCommand = (program, session) => {
  program
    .command('register')
    .description(
      'register the key in a topic; the runners do it by themselves. Again with or without --shadow changes how it stands, from ' +
        'the next epoch on',
    )
    .requiredOption('-t, --topic <id>', 'the topic', parseTopic)
    .addOption(
      new Option('--role <role>', 'what it will do').choices(['worker', 'reputer']).default('worker'),
    )
    .option('--shadow', 'a worker on trial: its answers are scored, but neither weighted nor paid')
    .addHelpText(
      'after',
      examples(
        'allora register --topic 1',
        'allora register --topic 1 --shadow --key newcomer',
        'allora register --topic 1 --role reputer --key reputer',
      ),
    )
    .action((options: RegisterOptions) => register(session, options));
};

async function register(session: Session, { topic, role, shadow = false }: RegisterOptions): Promise<void> {
  if (shadow && role !== 'worker')
    throw usageError('only a worker can be a shadow', 'Leave out --shadow or --role reputer.');
  const { client, account } = await session.signer();
  const { address } = account;
  const before = await registrationOf(client, address, { topicId: topic, role });
  const { height, ...now } = await client.register(account, topic, role, { shadow });
  const since = before?.shadow === now.shadow ? 'has been registered since' : 'is registered from';
  const text = `${address} ${since} height ${height} as ${now.shadow ? 'a shadow' : role} of topic ${topic}.`;
  session.show({ topicId: topic, address, role, height, shadow: now.shadow, new: !before }, text);
}
